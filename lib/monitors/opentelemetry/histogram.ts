import type { Bucketer } from '../../metrics/bucketer.js';
import type { Distribution } from '../../metrics/distribution.js';
import type {
  OpenTelemetryExponentialHistogram,
  OpenTelemetryHistogram,
} from './opentelemetry-exporter.js';

/** Where the buckets of a bucketer lie among those of an exponential histogram. */
export interface ExponentialLayout {
  readonly scale: number;
  /** The index of the first finite bucket. */
  readonly offset: number;
}

/** From the widest buckets, beyond which two do not fit into a double, to the narrowest that OpenTelemetry has. */
const SCALES = Array.from({ length: 30 }, (_, i) => i - 9);

/** `Math.SQRT1_2` is not `2 ** -0.5`. An error of the growth would add up from bound to bound: that is exact. */
const ROUNDING = 4 * Number.EPSILON;

const boundaries = new WeakMap<Bucketer, number[]>();

/**
 * A distribution with the bounds of its buckets. Ours are closed below and OpenTelemetry's above; its data model tells
 * those who translate to keep the bounds, and take a sample that equals one as an error of the measurement.
 */
export function explicitHistogram(distribution: Distribution): OpenTelemetryHistogram {
  const { bucketer, bucketCounts, count, sum } = distribution;
  return {
    count,
    sum,
    buckets: { boundaries: boundariesOf(bucketer), counts: padded(bucketCounts, bucketer) },
  };
}

/**
 * A distribution as an exponential histogram. What lies below the lowest bound counts as zero, as OpenTelemetry means
 * it; what lies above the highest fills the bucket that follows.
 *
 * @param distribution one without negative samples.
 */
export function exponentialHistogram(
  distribution: Distribution,
  { scale, offset }: ExponentialLayout,
): OpenTelemetryExponentialHistogram {
  const { bucketCounts, count, sum } = distribution;
  const [zeroCount = 0, ...positive] = bucketCounts;
  return {
    count,
    sum,
    scale,
    zeroCount,
    positive: { offset, bucketCounts: positive },
    negative: { offset: 0, bucketCounts: [] },
  };
}

/** Where the bounds of a bucketer are those of an exponential histogram; undefined where they are others. */
export function exponentialLayout({ growth, scale }: Bucketer): ExponentialLayout | undefined {
  const exponentialScale = SCALES.find(each => growth === 2 ** (2 ** -each));
  if (exponentialScale === undefined) {
    return undefined;
  }
  const offset = Math.round(Math.log2(scale) * 2 ** exponentialScale);
  const lowest = 2 ** (offset * 2 ** -exponentialScale);
  return Math.abs(lowest / scale - 1) < ROUNDING ? { scale: exponentialScale, offset } : undefined;
}

function boundariesOf(bucketer: Bucketer): number[] {
  let bounds = boundaries.get(bucketer);
  if (!bounds) {
    bounds = bucketer.lowerBounds.slice(1);
    boundaries.set(bucketer, bounds);
  }
  return bounds;
}

function padded(counts: readonly number[], { bucketCount }: Bucketer): number[] {
  return [...counts, ...Array.from({ length: bucketCount - counts.length }, () => 0)];
}
