import type { Cell } from '../../store/cell.js';
import type { RejectedCell } from '../monitor.js';

/** Rejects all cells: they were not sent, and may be sent later. */
export function cellsToRetry(cells: readonly Cell[], reason: string): RejectedCell[] {
  return cells.map((_, index) => ({ index, reason, outcome: 'retry' }));
}
