import type { RejectionOutcome } from '../monitor.js';
import { isRefusedCall } from '../refusals.js';

/** Something was missing that a call needs, so that none was made. */
export class NotCalledError extends Error {
  override readonly name = 'NotCalledError';
}

/** The server replied, with a status that is not OK. */
export class ReplyStatusError extends Error {
  override readonly name = 'ReplyStatusError';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(`it replied with the status ${code}: ${message}`);
  }
}

/**
 * PERMISSION_DENIED and UNAUTHENTICATED. The status of a reply is one for all cells, and other codes may be about some of
 * them, while the rest was written. These two are about the caller.
 */
const REFUSALS_OF_CALLER: ReadonlySet<number> = new Set([7, 16]);

/** What gRPC says of a call for which it had no connection. */
const NO_CONNECTION =
  /^14 UNAVAILABLE: (No connection established|Name resolution failed|Channel closed before call started)/;

/** What became of the cells of a call that failed. */
export function outcomeOfFailure(failure: unknown): RejectionOutcome {
  return isSurelyNotInserted(failure) ? 'retry' : 'unknown';
}

function isSurelyNotInserted(failure: unknown): boolean {
  if (failure instanceof ReplyStatusError) {
    return REFUSALS_OF_CALLER.has(failure.code);
  }
  return (
    failure instanceof NotCalledError ||
    isRefusedCall(failure) ||
    (failure instanceof Error && NO_CONNECTION.test(failure.message))
  );
}
