import type { Bucketer } from '../metrics/bucketer.js';

/** With `+Inf`, the sum and the count, a histogram then has at most 16 series. */
const MOST_BOUNDS = 13;

/** The largest ratio of two neighbouring bounds of a growing bucketer. Above it, quantiles would say little. */
const WIDEST_GROWTH = 5;

/**
 * Returns the indexes of the lower bounds that are written as `le`: at equal steps and at most 13, or all
 * that were given explicitly. Counts below a bound are
 * exact whichever other bounds are left out.
 *
 * The choice depends on the bucketer alone, never on samples. Prometheus adds the buckets of instances by `le`, so a bound
 * that some instance leaves out gives wrong quantiles, even if the instance has no sample near that bound.
 */
export function writtenBounds({ isExplicit, growth, finiteBuckets }: Bucketer): number[] {
  const highest = finiteBuckets + 1;
  if (isExplicit) {
    return bounds(1, highest, 1); // the application chose each of them
  }
  const step = Math.ceil(finiteBuckets / (MOST_BOUNDS - 1));
  const widestStep = growth === 0 ? step : widestStepOf(growth);
  return step <= widestStep
    ? bounds(1 + (finiteBuckets % step), highest, step)
    : bounds(1, 1 + (MOST_BOUNDS - 1) * widestStep, widestStep);
}

function widestStepOf(growth: number): number {
  return Math.max(1, Math.floor(Math.log(WIDEST_GROWTH) / Math.log(growth)));
}

function bounds(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, i) => first + i * step);
}
