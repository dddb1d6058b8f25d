/** Finds the bucket of a sample. The result is always the one that a search through the lower bounds gives. */
export type BucketIndex = (sample: number) => number;

/**
 * Indexes buckets of equal width. The quotient of sample and width is the bucket; where rounding made it wrong, the
 * right bucket is next to it.
 */
export function fixedWidthIndex(lowerBounds: readonly number[], width: number): BucketIndex {
  const bounds = Float64Array.from(lowerBounds);
  const last = bounds.length - 1;
  return sample => {
    if (!(sample >= bounds[1]!)) {
      return 0;
    }
    let bucket = Math.min(last, Math.floor(sample / width) + 1);
    while (sample < bounds[bucket]!) {
      bucket--;
    }
    while (bucket < last && sample >= bounds[bucket + 1]!) {
      bucket++;
    }
    return bucket;
  };
}

const MAX_MANTISSA_BITS = 10;
/** The upper 32 bits of a double hold 20 bits of its mantissa. */
const UPPER_MANTISSA_BITS = 20;

/**
 * Indexes buckets that grow geometrically. The exponent of a double and the first bits of its mantissa divide all
 * numbers into segments that grow like the buckets. A table gives the first bucket of a segment, and the search from
 * there passes one or two bounds.
 */
export function geometricIndex(lowerBounds: readonly number[], growth: number): BucketIndex {
  const bounds = Float64Array.from([...lowerBounds, Infinity]);
  const last = lowerBounds.length - 1;
  const mantissaBits = Math.min(MAX_MANTISSA_BITS, Math.max(0, Math.ceil(-Math.log2(growth - 1))));
  const shift = UPPER_MANTISSA_BITS - mantissaBits;
  const segmentOf = (sample: number): number => upperHalfOf(sample) >>> shift;
  const firstSegment = segmentOf(bounds[1]!);
  const starts = new Uint16Array(segmentOf(bounds[last]!) - firstSegment + 1);
  for (let bucket = 1; bucket < last; bucket++) {
    // The search in a segment starts at the last bucket whose bound lies in an earlier segment, so later buckets overwrite.
    starts.fill(bucket, segmentOf(bounds[bucket]!) - firstSegment + 1);
  }
  starts[0] = 1;
  return sample => {
    if (!(sample >= bounds[1]!)) {
      return 0;
    }
    if (sample >= bounds[last]!) {
      return last;
    }
    let bucket = starts[segmentOf(sample) - firstSegment]!;
    while (sample >= bounds[bucket + 1]!) {
      bucket++;
    }
    return bucket;
  };
}

/** Indexes buckets with any bounds, by a binary search. */
export function explicitIndex(lowerBounds: readonly number[]): BucketIndex {
  const bounds = Float64Array.from(lowerBounds);
  return sample => {
    let bucket = 0;
    let above = bounds.length;
    while (above - bucket > 1) {
      const middle = (bucket + above) >>> 1;
      if (sample >= bounds[middle]!) {
        bucket = middle;
      } else {
        above = middle;
      }
    }
    return bucket;
  };
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
double[0] = 1;
const UPPER_HALF = halves[1] === 0 ? 0 : 1;

function upperHalfOf(sample: number): number {
  double[0] = sample;
  return halves[UPPER_HALF]!;
}
