/** Finds the bucket of a sample. It finds what a search among the lower bounds finds, bounds included. */
export type BucketIndex = (sample: number) => number;

/** For buckets of one width: the quotient is the bucket, or next to it where it was rounded. */
export function evenIndex(lowerBounds: readonly number[], width: number): BucketIndex {
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

const MOST_MANTISSA_BITS = 10;
/** How many bits of its mantissa are in the upper half of a double. */
const UPPER_MANTISSA_BITS = 20;

/**
 * For buckets that grow. The exponent of a double and the first bits of its mantissa divide the numbers into
 * stretches which grow as the buckets do: where a stretch begins is looked up, and a bound or two are passed.
 */
export function growingIndex(lowerBounds: readonly number[], growth: number): BucketIndex {
  const bounds = Float64Array.from([...lowerBounds, Infinity]);
  const last = lowerBounds.length - 1;
  const mantissaBits = Math.min(MOST_MANTISSA_BITS, Math.max(0, Math.ceil(-Math.log2(growth - 1))));
  const shift = UPPER_MANTISSA_BITS - mantissaBits;
  const stretchOf = (sample: number): number => upperHalfOf(sample) >>> shift;
  const firstStretch = stretchOf(bounds[1]!);
  const starts = new Uint16Array(stretchOf(bounds[last]!) - firstStretch + 1);
  for (let bucket = 1; bucket < last; bucket++) {
    // In a stretch the search begins with the last bucket whose bound is in an earlier stretch: later ones overwrite it.
    starts.fill(bucket, stretchOf(bounds[bucket]!) - firstStretch + 1);
  }
  starts[0] = 1;
  return sample => {
    if (!(sample >= bounds[1]!)) {
      return 0;
    }
    if (sample >= bounds[last]!) {
      return last;
    }
    let bucket = starts[stretchOf(sample) - firstStretch]!;
    while (sample >= bounds[bucket + 1]!) {
      bucket++;
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
