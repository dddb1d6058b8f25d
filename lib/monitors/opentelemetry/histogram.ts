import type { Bucketer } from '../../metrics/bucketer.js';
import type { Distribution } from '../../metrics/distribution.js';
import type {
  OpenTelemetryExponentialHistogram,
  OpenTelemetryHistogram,
} from './opentelemetry-exporter.js';

/** The place of a bucketer's buckets among the buckets of an exponential histogram. */
export interface ExponentialLayout {
  readonly scale: number;
  /** The index of the first finite bucket. */
  readonly offset: number;
}

/** The scales of exponential histograms: from the widest buckets of which two fit into a double to the narrowest of OpenTelemetry. */
const SCALES = Array.from({ length: 30 }, (_, i) => i - 9);

/** Compares exactly, because an error of the growth would add up from bound to bound. `Math.SQRT1_2` is not `2 ** -0.5`. */
const ROUNDING = 4 * Number.EPSILON;

const boundaries = new WeakMap<Bucketer, number[]>();

/**
 * Writes a distribution as a histogram with explicit bounds. Our buckets include their lower bound, and OpenTelemetry's their upper
 * bound. Its data model says that a translation keeps the bounds and accepts the difference for samples that equal a bound.
 */
export function explicitHistogram(distribution: Distribution): OpenTelemetryHistogram {
  const { bucketer, count, sum } = distribution;
  return {
    count,
    sum,
    buckets: { boundaries: boundariesOf(bucketer), counts: allCounts(distribution) },
  };
}

/**
 * Writes a distribution as an exponential histogram. Samples below the lowest bound count as zero, as OpenTelemetry defines it.
 * Samples above the highest bound are in the next bucket.
 *
 * @param distribution must not have negative samples.
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

/** Finds the exponential histogram with the same bounds as a bucketer. Undefined when there is none. */
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

/** Copies the counts of all buckets. The counts of empty buckets are 0. */
function allCounts({ bucketer, usedWindow }: Distribution): number[] {
  const { first, counts } = usedWindow;
  const end = first + counts.length;
  const all: number[] = [];
  for (let i = 0; i < bucketer.bucketCount; i++) {
    all.push(i >= first && i < end ? counts[i - first]! : 0);
  }
  return all;
}
