import type { Distribution } from '../metrics/distribution.js';
import { Units } from '../metrics/units.js';
import { usedBuckets, type UsedBucket } from '../monitors/used-buckets.js';
import type { DistributionStatus, PercentileStatus } from './status-report.js';

/** Units whose samples are whole numbers. */
const WHOLE: ReadonlySet<Units> = new Set([Units.Bytes, Units.Bits]);

/** Converts a distribution to JSON values. */
export function distributionStatus(
  distribution: Distribution,
  units: Units = Units.Unknown,
): DistributionStatus {
  const { count, sum, mean } = distribution;
  const buckets = usedBuckets(distribution);
  const whole = WHOLE.has(units);
  const samples = buckets.map(bucket => assumed(bucket, whole));
  const percentile = (percent: number): PercentileStatus | undefined =>
    isSupported(percent, count)
      ? percentileOf(samples, sum, Math.ceil((percent * count) / 100), whole)
      : undefined;
  return {
    count,
    sum,
    mean,
    p50: percentile(50),
    p90: percentile(90),
    p95: percentile(95),
    p99: percentile(99),
    buckets: buckets.map(bucket => Object.assign(range(bucket), { count: bucket.count })),
  };
}

/** Whether at least one sample in this many is above the percentile. Two samples have a median, but no 99th percentile. */
function isSupported(percent: number, count: number): boolean {
  return count * (100 - percent) >= 100;
}

/**
 * Bounds the sample of a rank: by its bucket, and by the sum. If all samples below it were as small as they can be, and all
 * above it no larger than itself, then it can be no larger than what is left of the sum; and the other way round.
 */
function percentileOf(
  buckets: readonly UsedBucket[],
  sum: number,
  rank: number,
  whole: boolean,
): PercentileStatus {
  let at = 0;
  let below = 0;
  while (below + buckets[at]!.count < rank) {
    below += buckets[at]!.count;
    at++;
  }
  const { from, to, count } = buckets[at]!;
  const others = buckets.filter((_, i) => i !== at);
  const smaller = rank - below - 1;
  const larger = count - rank + below;
  const most = (sum - total(others, 'from') - product(smaller, from)) / (larger + 1);
  const least = (sum - total(others, 'to') - product(larger, to)) / (smaller + 1);
  const low = Math.max(from, whole ? Math.ceil(least) : least);
  const high = Math.min(to, whole ? Math.floor(most) : most);
  // Sums are rounded, and samples may be negative against the assumption: then only the bucket is known.
  return low <= high ? range({ from: low, to: high }) : range({ from, to });
}

function total(buckets: readonly UsedBucket[], bound: 'from' | 'to'): number {
  return buckets.reduce((sum, bucket) => sum + product(bucket.count, bucket[bound]), 0);
}

/** Multiplies a number of samples by a bound, which may be infinite. */
function product(count: number, bound: number): number {
  return count === 0 ? 0 : count * bound;
}

/** Samples are seldom negative, unless a bucketer has negative bounds. Bytes and bits are whole. */
function assumed({ from, to, count }: UsedBucket, whole: boolean): UsedBucket {
  const low = from === -Infinity && to > 0 ? 0 : from;
  const [first, last] = [Math.ceil(low), Math.ceil(to) - 1];
  return whole && first <= last ? { from: first, to: last, count } : { from: low, to, count };
}

/** JSON has no infinities. Protobuf's JSON uses the same strings. */
function range({ from, to }: Pick<UsedBucket, 'from' | 'to'>): PercentileStatus {
  return {
    from: from === -Infinity ? '-Infinity' : from,
    to: to === Infinity ? 'Infinity' : to,
  };
}
