import { isHttpRefusal, isRefusedCall } from '../refusals.js';
import type { RejectionOutcome } from '../monitor.js';
import { exportError } from './export-error.js';

/**
 * The longest time of a single attempt. OTLP exporters repeat a failed attempt after a pause of at least 0.8 s, unless the server
 * asks for another pause. They report only the answer to the last attempt, which says nothing about earlier attempts.
 */
const ONE_ATTEMPT_MS = 500;

/** Errors of Node that say that no connection was made. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** A failed export. */
export interface FailedExport {
  /** The indexes of its cells among all cells that were sent. */
  readonly indexes: readonly number[];
  readonly error: Error;
  readonly outcome: RejectionOutcome;
}

/** Describes a failed export, with the known causes. */
export function failedExport(
  indexes: readonly number[],
  cause: unknown,
  outcome: RejectionOutcome,
): FailedExport {
  return { indexes, error: exportError(cause), outcome };
}

/**
 * The outcome of the cells of a failed export: unknown, unless its only attempt was refused.
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
