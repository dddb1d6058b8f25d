import type { Spread } from './bench-table.js';

/** @throws RangeError where there is no number to tell. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new RangeError(`Measured no numbers: [${values.join(', ')}]`);
  }
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** The spread of what pairs come to, one of each round. */
export function spreadOfRatios(dividends: readonly number[], divisors: readonly number[]): Spread {
  return spreadOf(dividends.map((dividend, round) => dividend / divisors[round]!));
}
