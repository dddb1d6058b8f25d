import type { Distribution } from '../metrics/distribution.js';

/** A bucket that holds samples: those from `from` on, and below `to`. */
export interface UsedBucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The buckets that hold samples, in rising order. */
export function usedBuckets({ bucketer, bucketCounts }: Distribution): UsedBucket[] {
  const { lowerBounds } = bucketer;
  return bucketCounts
    .map((count, i) => ({ from: lowerBounds[i]!, to: lowerBounds[i + 1] ?? Infinity, count }))
    .filter(({ count }) => count > 0);
}
