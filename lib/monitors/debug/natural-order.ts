import type { FieldValue } from '../../metrics/fields.js';
import type { Cell } from '../../store/cell.js';
import type { TimeSlice } from '../../clock/time-slice.js';

type Compare<T> = (a: T, b: T) => number;

const RUN_LENGTH = 200;
const collator = new Intl.Collator('en', { numeric: true });

/** The order in which a person expects texts: `v2` before `v10`. */
export const compareTexts: Compare<string> = (a, b) => collator.compare(a, b);

/** By the first field, then by the second, and so on. */
export const compareFieldValues: Compare<Cell> = (a, b) => {
  for (const [i, value] of a.fieldValues.entries()) {
    const order = compareValues(value, b.fieldValues[i]!);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
};

/** A merge sort that lets other work go first whenever its slice is over. */
export async function sorted<T>(
  items: readonly T[],
  compare: Compare<T>,
  slice: TimeSlice,
): Promise<T[]> {
  let runs: T[][] = [];
  for (let i = 0; i < items.length; i += RUN_LENGTH) {
    if (slice.isOver) {
      await slice.next();
    }
    runs.push(items.slice(i, i + RUN_LENGTH).sort(compare));
  }
  while (runs.length > 1) {
    const longer: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      longer.push(await merged(runs[i]!, runs[i + 1] ?? [], compare, slice));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

async function merged<T>(
  left: readonly T[],
  right: readonly T[],
  compare: Compare<T>,
  slice: TimeSlice,
): Promise<T[]> {
  const result: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    if (slice.isOver) {
      await slice.next();
    }
    const takeLeft = r === right.length || (l < left.length && compare(left[l]!, right[r]!) <= 0);
    result.push(takeLeft ? left[l++]! : right[r++]!);
  }
  return result;
}

function compareValues(a: FieldValue, b: FieldValue): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : compareTexts(String(a), String(b));
}
