import type { Distribution } from '../metrics/distribution.js';
import { usedBuckets, type UsedBucket } from '../monitors/used-buckets.js';
import type { DistributionStatus } from './status-report.js';

/** A distribution as JSON can say it. */
export function distributionStatus(distribution: Distribution): DistributionStatus {
  const { count, sum, mean } = distribution;
  const buckets = usedBuckets(distribution);
  return {
    count,
    sum,
    mean,
    p50: percentile(buckets, count, 0.5),
    p90: percentile(buckets, count, 0.9),
    p99: percentile(buckets, count, 0.99),
    // JSON has no infinities; these strings are those of protobuf's JSON.
    buckets: buckets.map(bucket => ({
      from: bucket.from === -Infinity ? '-Infinity' : bucket.from,
      to: bucket.to === Infinity ? 'Infinity' : bucket.to,
      count: bucket.count,
    })),
  };
}

/** The value that this share of the samples does not exceed; undefined where there are none. */
function percentile(
  buckets: readonly UsedBucket[],
  count: number,
  share: number,
): number | undefined {
  const rank = share * count;
  let below = 0;
  for (const bucket of buckets) {
    if (below + bucket.count >= rank) {
      const { from, to } = finite(bucket);
      return from + ((to - from) * (rank - below)) / bucket.count;
    }
    below += bucket.count;
  }
  return undefined;
}

/** Bounds are not negative, and samples seldom; of those above the highest bound nothing else is known. */
function finite({ from, to }: UsedBucket): Pick<UsedBucket, 'from' | 'to'> {
  return {
    from: from === -Infinity ? 0 : from,
    to: to === Infinity ? from : to,
  };
}
