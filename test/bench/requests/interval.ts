import type { Spread } from '../bench-table.js';
import { spreadOf } from '../spread.js';

/** The median, between the limits that hold 95 % of the values. */
export function intervalOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: spreadOf(values).median,
    min: quantile(sorted, 0.025),
    max: quantile(sorted, 0.975),
  };
}

function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
