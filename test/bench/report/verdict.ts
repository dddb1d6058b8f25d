import type { Row } from '../bench-table.js';

/** How far a noisy machine may be off in the short form. */
const TOLERANCE = 2;

/** Undefined for a row that only informs. */
export function isMet(row: Row): boolean | undefined {
  return row.target === undefined ? undefined : isWithin(row, row.target);
}

/** Below half of what is asked for, or above twice of it, unless the row says where. */
export function isFarOff(row: Row): boolean {
  const { target, direction } = row;
  if (target === undefined) {
    return false;
  }
  const tolerated = direction === 'at-least' ? target / TOLERANCE : target * TOLERANCE;
  return !isWithin(row, row.alarm ?? tolerated);
}

function isWithin({ ratio, ours, direction }: Row, bound: number): boolean {
  const { median } = ratio ?? ours;
  return direction === 'at-least' ? median >= bound : median <= bound;
}
