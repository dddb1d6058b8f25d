import { errorMessage } from '../log.js';
import type { Cell } from '../store/cell.js';
import type { RejectedCell, RejectionOutcome } from './monitor.js';

/** Rejects, for one reason, all cells that are not in `rejected` already. */
export function rejectRest(
  cells: readonly Cell[],
  rejected: readonly RejectedCell[],
  failure: unknown,
  outcome: RejectionOutcome,
): RejectedCell[] {
  const rest = new Set(cells.keys());
  rejected.forEach(({ index }) => rest.delete(index));
  const reason = errorMessage(failure);
  return Array.from(rest, index => ({ index, reason, outcome }));
}
