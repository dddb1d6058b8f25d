import { errorMessage } from '../log.js';
import type { Cell } from '../store/cell.js';
import { checkCell } from '../store/check-cell.js';
import type { RejectedCell } from './monitor.js';
import type { TimeSlice } from '../clock/time-slice.js';

/**
 * Separates valid cells from broken cells, so that broken cells do not stop the others.
 *
 * @param write receives each cell that passes the check. If it throws, the cell is broken, too.
 */
export async function partitionCells(
  cells: readonly Cell[],
  slice: TimeSlice,
  write: (cell: Cell) => void = () => {},
): Promise<{ valid: Cell[]; rejected: RejectedCell[] }> {
  const valid: Cell[] = [];
  const rejected: RejectedCell[] = [];
  for (const [index, cell] of cells.entries()) {
    if (slice.isOver) {
      await slice.next();
    }
    try {
      checkCell(cell);
      cell.target.labels();
      write(cell);
      valid.push(cell);
    } catch (error) {
      rejected.push({ index, reason: errorMessage(error), outcome: 'refused' });
    }
  }
  return { valid, rejected };
}
