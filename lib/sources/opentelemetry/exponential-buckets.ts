import type { OpenTelemetryExponentialHistogram } from '../../monitors/opentelemetry/opentelemetry-exporter.js';
import type { SourceHistogram } from '../metric-source.js';

/**
 * Ranges of buckets begin and end at multiples of this number, so that their bounds seldom change while samples arrive. Each
 * change starts a new stream.
 */
const ALIGNMENT = 16;

type Buckets = OpenTelemetryExponentialHistogram['positive'];

/** Bounds that follow each other. */
interface Range {
  /** The index of the first bound. */
  readonly first: number;
  readonly bounds: readonly number[];
  /** Zero and the bounds. It is one array for all histograms with this range, which are compared quickly then. */
  readonly fromZero: readonly number[];
}

/** Bounds are powers of fractions, and slow to compute. They are the same at each flush. */
const ranges = new Map<string, Range>();
const MOST_RANGES = 1000;

const NO_SAMPLES: Range = { first: 0, bounds: [], fromZero: [0] };

/**
 * Writes an exponential histogram with explicit bounds. When OpenTelemetry makes the buckets wider, the new bounds are exactly
 * among the old ones.
 *
 * Buckets of negative samples include their lower bound in OpenTelemetry, and their upper bound afterwards. This matters only
 * for samples that equal a bound.
 */
export function explicitBuckets(histogram: OpenTelemetryExponentialHistogram): SourceHistogram {
  const { count, sum = 0, scale, zeroCount } = histogram;
  const positive = rangeOf(histogram.positive, scale);
  const negative = rangeOf(histogram.negative, scale);
  const bucketCounts: number[] = [];
  for (let i = negative.bounds.length - 1; i >= 0; i--) {
    bucketCounts.push(countAbove(i, negative, histogram.negative));
  }
  // Nothing lies between zero and the first bound.
  bucketCounts.push(zeroCount, 0);
  for (let i = 0; i < positive.bounds.length; i++) {
    bucketCounts.push(countAbove(i, positive, histogram.positive));
  }
  const bounds =
    negative === NO_SAMPLES
      ? positive.fromZero
      : [...negative.bounds.map(bound => -bound).toReversed(), ...positive.fromZero];
  return { bounds, bucketCounts, count, sum };
}

/** The number of samples between a bound and the next one. */
function countAbove(bound: number, { first }: Range, { offset, bucketCounts }: Buckets): number {
  const at = first + bound - offset;
  // An index outside of an array is slow to read.
  return at >= 0 && at < bucketCounts.length ? bucketCounts[at]! : 0;
}

/** The bounds around the buckets of the positive samples, or around those of the negative samples without their sign. */
function rangeOf({ offset, bucketCounts }: Buckets, scale: number): Range {
  if (bucketCounts.every(count => count === 0)) {
    return NO_SAMPLES;
  }
  return rangeBetween(
    scale,
    Math.floor(offset / ALIGNMENT) * ALIGNMENT,
    Math.ceil((offset + bucketCounts.length) / ALIGNMENT) * ALIGNMENT,
  );
}

/** The bounds from one index to another one. Those that are no finite numbers above 0 are left out: there are no samples. */
function rangeBetween(scale: number, from: number, to: number): Range {
  const key = `${scale} ${from} ${to}`;
  let range = ranges.get(key);
  if (!range) {
    const indices = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const inside = indices.filter(index => isFiniteBound(boundOf(index, scale)));
    const bounds = inside.map(index => boundOf(index, scale));
    range = { first: inside[0] ?? from, bounds, fromZero: [0, ...bounds] };
    if (ranges.size >= MOST_RANGES) {
      ranges.clear();
    }
    ranges.set(key, range);
  }
  return range;
}

function isFiniteBound(bound: number): boolean {
  return bound > 0 && bound < Infinity;
}

function boundOf(index: number, scale: number): number {
  return 2 ** (index * 2 ** -scale);
}
