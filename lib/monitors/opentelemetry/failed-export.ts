import { isHttpRefusal, isRefusedCall } from '../refusals.js';
import type { RejectionOutcome } from '../monitor.js';
import { exportError } from './export-error.js';

/**
 * Shorter than the pause after which exporters of OTLP send again what failed (0.8 s at least, unless the server asks for
 * another). The answer to a later attempt says nothing about an earlier one, whose answer the exporter does not report.
 */
const ONE_ATTEMPT_MS = 500;

/** Errors of Node where no connection was made. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** An export that did not succeed. */
export interface FailedExport {
  /** The indexes of its cells among all that were sent. */
  readonly indexes: readonly number[];
  readonly error: Error;
  readonly outcome: RejectionOutcome;
}

/** An export that failed, with all that is known of why. */
export function failedExport(
  indexes: readonly number[],
  cause: unknown,
  outcome: RejectionOutcome,
): FailedExport {
  return { indexes, error: exportError(cause), outcome };
}

/**
 * What became of the cells of an export that was begun, and failed: unknown, unless the only attempt was refused.
 *
 * @param afterMs how long the export took.
 */
export function outcomeOfFailure(cause: unknown, afterMs: number): RejectionOutcome {
  return afterMs < ONE_ATTEMPT_MS && wasRefused(cause) ? 'retry' : 'unknown';
}

function wasRefused(cause: unknown): boolean {
  if (isRefusedCall(cause)) {
    return true;
  }
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return NOT_CONNECTED.has(code) || isHttpRefusal(code);
}
