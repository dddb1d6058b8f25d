import type { Distribution } from '../metrics/distribution.js';
import { Units } from '../metrics/units.js';
import { usedBuckets, type UsedBucket } from '../monitors/used-buckets.js';
import type { DistributionStatus } from './status-report.js';

/** Units whose samples are whole numbers. */
const WHOLE: ReadonlySet<Units> = new Set([Units.Bytes, Units.Bits]);

/** Converts a distribution to JSON values. */
export function distributionStatus(
  distribution: Distribution,
  units: Units = Units.Unknown,
): DistributionStatus {
  const { count, sum, mean } = distribution;
  const buckets = usedBuckets(distribution);
  const spread = spreads(distribution, units, buckets);
  return {
    count,
    sum,
    mean,
    p50: percentile(spread, count, 0.5),
    p90: percentile(spread, count, 0.9),
    p99: percentile(spread, count, 0.99),
    // JSON has no infinities. Protobuf's JSON uses the same strings.
    buckets: buckets.map(bucket => ({
      from: bucket.from === -Infinity ? '-Infinity' : bucket.from,
      to: bucket.to === Infinity ? 'Infinity' : bucket.to,
      count: bucket.count,
    })),
  };
}

/** Estimates the value that this share of the samples does not exceed; undefined if there are no samples. */
function percentile(
  buckets: readonly UsedBucket[],
  count: number,
  share: number,
): number | undefined {
  const rank = share * count;
  let below = 0;
  for (const { from, to, count: inBucket } of buckets) {
    if (below + inBucket >= rank) {
      return from + ((to - from) * (rank - below)) / inBucket;
    }
    below += inBucket;
  }
  return undefined;
}

/** Narrows each bucket to the range in which its samples are assumed to be evenly spread. */
function spreads(
  { count, mean }: Distribution,
  units: Units,
  buckets: readonly UsedBucket[],
): readonly UsedBucket[] {
  return buckets.map(bucket => {
    const finiteBucket = finite(bucket);
    const narrowed = WHOLE.has(units) ? wholeNumbers(finiteBucket) : finiteBucket;
    return bucket.count === count && bucket.to !== Infinity
      ? aroundMean(narrowed, mean!)
      : narrowed;
  });
}

/** Makes both bounds finite: samples are seldom negative, and samples above the highest bound count as equal to it. */
function finite({ from, to, count }: UsedBucket): UsedBucket {
  return {
    from: from === -Infinity ? Math.min(0, to) : from,
    to: to === Infinity ? from : to,
    count,
  };
}

/** Narrows a bucket to its whole numbers, if it contains one. */
function wholeNumbers(bucket: UsedBucket): UsedBucket {
  const from = Math.ceil(bucket.from);
  const to = Math.ceil(bucket.to) - 1;
  return from <= to ? { ...bucket, from, to } : bucket;
}

/** Narrows the only bucket with samples around their mean: so samples of 0 differ from samples near the upper bound. */
function aroundMean({ from, to, count }: UsedBucket, mean: number): UsedBucket {
  if (mean < from) {
    return { from: mean, to: mean, count };
  }
  const middle = Math.min(mean, to);
  const reach = Math.min(middle - from, to - middle);
  return { from: Math.max(from, middle - reach), to: Math.min(to, middle + reach), count };
}
