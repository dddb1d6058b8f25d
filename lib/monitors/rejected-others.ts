import { errorMessage } from '../log.js';
import type { Cell } from '../store/cell.js';
import type { RejectedCell, RejectionOutcome } from './monitor.js';

/** Rejects all cells that are not rejected yet, with one reason. */
export function rejectedOthers(
  cells: readonly Cell[],
  rejected: readonly RejectedCell[],
  failure: unknown,
  outcome: RejectionOutcome,
): RejectedCell[] {
  const others = new Set(cells.keys());
  rejected.forEach(({ index }) => others.delete(index));
  const reason = errorMessage(failure);
  return Array.from(others, index => ({ index, reason, outcome }));
}
