import type { RejectionOutcome } from '../monitor.js';
import { isRefusedCall } from '../refusals.js';

/** No call was made, because something that a call needs was missing. */
export class NotCalledError extends Error {
  override readonly name = 'NotCalledError';
}

/** The server replied with a status that is not OK. */
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
 * PERMISSION_DENIED and UNAUTHENTICATED, which are about the caller. Other codes may be about some of the cells only, and the rest
 * may have been written.
 */
const REFUSALS_OF_CALLER: ReadonlySet<number> = new Set([7, 16]);

/** The message of gRPC for a call without a connection. */
const NO_CONNECTION =
  /^14 UNAVAILABLE: (No connection established|Name resolution failed|Channel closed before call started)/;

/** The outcome of the cells of a failed call. */
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
