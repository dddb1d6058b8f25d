import type { RejectedCell } from '../monitor.js';

/** Rejects the cells from index `from` up to, but not including, `to`: they were not sent, and may be sent later. */
export function cellsToRetry(from: number, to: number, reason: string): RejectedCell[] {
  return Array.from({ length: to - from }, (_, i) => ({
    index: from + i,
    reason,
    outcome: 'retry',
  }));
}
