import type { OpenTelemetryExponentialHistogram } from '../../monitors/opentelemetry/opentelemetry-exporter.js';
import type { SourceHistogram } from '../metric-source.js';

/**
 * Ranges of buckets begin and end at multiples of this number, so that their bounds seldom change while samples arrive. Each
 * change starts a new stream.
 */
const ALIGNMENT = 16;

type Buckets = OpenTelemetryExponentialHistogram['positive'];

/** The buckets of the positive samples, or those of the negative samples without their sign. */
interface Side {
  readonly bounds: readonly number[];
  /** The samples between each bound and the next one. */
  readonly counts: readonly number[];
}

const NO_SAMPLES: Side = { bounds: [], counts: [] };

/**
 * Writes an exponential histogram with explicit bounds. When OpenTelemetry makes the buckets wider, the new bounds are exactly
 * among the old ones.
 *
 * Buckets of negative samples include their lower bound in OpenTelemetry, and their upper bound afterwards. This matters only
 * for samples that equal a bound.
 */
export function explicitBuckets(histogram: OpenTelemetryExponentialHistogram): SourceHistogram {
  const { count, sum = 0, scale, zeroCount } = histogram;
  const positive = sideOf(histogram.positive, scale);
  const negative = sideOf(histogram.negative, scale);
  return {
    bounds: [...negative.bounds.map(bound => -bound).toReversed(), 0, ...positive.bounds],
    // Nothing lies between zero and the first bound.
    bucketCounts: [...negative.counts.toReversed(), zeroCount, 0, ...positive.counts],
    count,
    sum,
  };
}

function sideOf({ offset, bucketCounts }: Buckets, scale: number): Side {
  if (bucketCounts.every(count => count === 0)) {
    return NO_SAMPLES;
  }
  const first = Math.floor(offset / ALIGNMENT) * ALIGNMENT;
  const end = Math.ceil((offset + bucketCounts.length) / ALIGNMENT) * ALIGNMENT;
  const bounds: number[] = [];
  const counts: number[] = [];
  for (let index = first; index <= end; index++) {
    const bound = 2 ** (index * 2 ** -scale);
    // Beyond these bounds there are no samples.
    if (bound > 0 && bound < Infinity) {
      bounds.push(bound);
      counts.push(bucketCounts[index - offset] ?? 0);
    }
  }
  return { bounds, counts };
}
