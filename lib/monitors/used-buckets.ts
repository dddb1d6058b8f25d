import type { Distribution } from '../metrics/distribution.js';

/** A bucket with samples. They are at least `from` and below `to`. */
export interface UsedBucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Lists the buckets that hold samples, in ascending order. */
export function usedBuckets({ bucketer, bucketCounts }: Distribution): UsedBucket[] {
  const { lowerBounds } = bucketer;
  return bucketCounts
    .map((count, i) => ({ from: lowerBounds[i]!, to: lowerBounds[i + 1] ?? Infinity, count }))
    .filter(({ count }) => count > 0);
}
