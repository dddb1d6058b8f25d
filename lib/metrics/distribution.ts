import { Brand } from '../brand.js';
import { shown } from '../validation/shown.js';
import { Bucketer, isBucketer } from './bucketer.js';
import { wrongNumber } from './numbers.js';

const BRAND = new Brand<Distribution>('Distribution');

/** The window of an empty distribution. It is never written: counting begins with a copy. */
const NO_COUNTS: number[] = [];

/**
 * A histogram: the count of samples in each bucket, in total, and their sum.
 *
 * @publicApi
 */
export class Distribution {
  static {
    BRAND.mark(this.prototype);
  }

  /** The counts from the lowest bucket in use, `firstBucket`, to the highest. The first and the last are never 0. */
  private window = NO_COUNTS;
  private firstBucket = 0;
  /** True while a clone shares the window. The window is copied before the next sample is added to either. */
  private isShared = false;
  private samples = 0;
  private total = 0;

  /** Makes an empty distribution. */
  constructor(
    /** Maps samples to buckets. */
    readonly bucketer: Bucketer = Bucketer.default,
  ) {}

  /**
   * Makes a distribution of samples that were counted elsewhere, such as a histogram of another library.
   *
   * Some libraries count a sample that equals a bound in the bucket below it. Give their counts as they are: only such samples
   * are then one bucket lower than {@link add} would count them.
   *
   * @param bucketCounts the number of samples in each bucket, from the lowest. Buckets that are left out at the end are empty.
   * @param sum the sum of all samples.
   * @throws TypeError when `bucketer` is not a {@link Bucketer}, `bucketCounts` not an array or `sum` not a number; RangeError
   * when there are more counts than buckets, a count is not a safe integer of at least 0, or `sum` is not finite.
   */
  static fromCounts(
    bucketer: Bucketer,
    bucketCounts: readonly number[],
    sum: number,
  ): Distribution {
    const samples = checkedTotal(bucketer, bucketCounts);
    if (!Number.isFinite(sum)) {
      throw wrongNumber('The sum of a distribution', 'finite', sum);
    }
    const distribution = new Distribution(bucketer);
    let first = 0;
    let end = bucketCounts.length;
    while (first < end && bucketCounts[first] === 0) {
      first += 1;
    }
    while (end > first && bucketCounts[end - 1] === 0) {
      end -= 1;
    }
    if (first < end) {
      distribution.window = bucketCounts.slice(first, end);
      distribution.firstBucket = first;
      distribution.samples = samples;
      distribution.total = sum;
    }
    return distribution;
  }

  /** The number of samples. */
  get count(): number {
    return this.samples;
  }

  /** The sum of the samples. */
  get sum(): number {
    return this.total;
  }

  /** The mean of the samples, or undefined if there are none. */
  get mean(): number | undefined {
    return this.samples === 0 ? undefined : this.total / this.samples;
  }

  /** The number of samples in each bucket, up to the highest bucket in use. */
  get bucketCounts(): readonly number[] {
    return this.samples === 0 ? [] : [...zeros(this.firstBucket), ...this.window];
  }

  /**
   * The counts of the used buckets, without a copy. Buckets below `first` hold nothing.
   *
   * @internal
   */
  get usedWindow(): {
    /** The index of the lowest bucket in use. */
    readonly first: number;
    /** The counts from `first` to the highest bucket in use. */
    readonly counts: readonly number[];
  } {
    return { first: this.firstBucket, counts: this.window };
  }

  /**
   * Adds a sample.
   *
   * @throws TypeError when the sample is not a number; RangeError when the sample or the new sum is NaN or infinite.
   */
  add(sample: number): void {
    if (!this.accepts(sample)) {
      throw this.refusal(sample);
    }
    this.addAccepted(sample);
  }

  /**
   * Whether `add` would take a sample.
   *
   * @internal
   */
  accepts(sample: number): boolean {
    return Number.isFinite(sample) && Number.isFinite(this.total + sample);
  }

  /**
   * Adds a sample that {@link accepts} takes.
   *
   * @internal
   */
  addAccepted(sample: number): void {
    const bucket = this.bucketer.bucketOf(sample);
    const at = bucket - this.firstBucket;
    if (at >= 0 && at < this.window.length && !this.isShared) {
      this.window[at]! += 1;
    } else {
      this.addToNewWindow(bucket);
    }
    this.samples += 1;
    this.total += sample;
  }

  /** Returns a copy that later samples do not change. */
  clone(): Distribution {
    const copy = new Distribution(this.bucketer);
    copy.window = this.window;
    copy.firstBucket = this.firstBucket;
    copy.samples = this.samples;
    copy.total = this.total;
    copy.isShared = true;
    this.isShared = true;
    return copy;
  }

  /** Returns the samples that were added since `earlier`, a former state of this distribution. */
  minus(earlier: Distribution): Distribution {
    const rest = new Distribution(this.bucketer);
    const counts = this.window.map(
      (count, i) => count - (earlier.window[i + this.firstBucket - earlier.firstBucket] ?? 0),
    );
    const first = counts.findIndex(count => count !== 0);
    if (first >= 0) {
      rest.window = counts.slice(first, counts.findLastIndex(count => count !== 0) + 1);
      rest.firstBucket = this.firstBucket + first;
      rest.samples = this.samples - earlier.samples;
      rest.total = this.total - earlier.total;
    }
    return rest;
  }

  /**
   * The error of a sample that is not accepted. A method of its own, so that recording stays small enough to be inlined into
   * its callers.
   *
   * @internal
   */
  refusal(sample: number): Error {
    return Number.isFinite(sample)
      ? wrongNumber('The sum of a distribution', 'finite', this.total + sample)
      : wrongNumber('A sample of a distribution', 'finite', sample);
  }

  /** Counts a sample in a new window: the old one is shared, or does not reach as far as the bucket. */
  private addToNewWindow(bucket: number): void {
    const window = this.window.slice();
    let first = window.length === 0 ? bucket : this.firstBucket;
    for (; first > bucket; first--) {
      window.unshift(0);
    }
    while (first + window.length <= bucket) {
      window.push(0);
    }
    window[bucket - first]! += 1;
    this.window = window;
    this.firstBucket = first;
    this.isShared = false;
  }
}

/** Whether a value is a Distribution. It may come from another copy of the package. */
export const isDistribution = (value: unknown): value is Distribution => BRAND.isOn(value);

/** Whether a bucket has fewer samples than before. */
export function hasFewerSamples(before: Distribution, after: Distribution): boolean {
  const { first, counts } = before.usedWindow;
  const later = after.usedWindow;
  const shift = first - later.first;
  if (counts.length > 0 && (shift < 0 || shift + counts.length > later.counts.length)) {
    return true; // The first and the last bucket in use have samples, of which one is empty later.
  }
  for (let i = 0; i < counts.length; i++) {
    if (later.counts[shift + i]! < counts[i]!) {
      return true;
    }
  }
  return false;
}

/** Says what is lower than before; undefined if nothing is. */
export function fallOf(before: Distribution, after: Distribution): string | undefined {
  const counts = after.bucketCounts;
  const bucket = before.bucketCounts.findIndex((count, i) => (counts[i] ?? 0) < count);
  if (bucket >= 0) {
    return `bucket ${bucket} has ${before.bucketCounts[bucket]} samples and cannot be set to ${counts[bucket] ?? 0}`;
  }
  return after.sum < before.sum
    ? `the sum is ${before.sum} and cannot be set to ${after.sum}`
    : undefined;
}

/** Returns the number of all samples. One loop checks and adds up: sources have many histograms with many buckets. */
function checkedTotal(bucketer: Bucketer, bucketCounts: readonly number[]): number {
  if (!isBucketer(bucketer)) {
    throw new TypeError(
      `The bucketer of a distribution must be a Bucketer, such as Bucketer.default, got ${shown(bucketer)}.`,
    );
  }
  if (!Array.isArray(bucketCounts)) {
    throw new TypeError(
      `bucketCounts of a distribution must be an array of numbers, got ${shown(bucketCounts)}.`,
    );
  }
  const { bucketCount } = bucketer;
  if (bucketCounts.length > bucketCount) {
    throw new RangeError(
      `bucketCounts of a distribution must be at most ${bucketCount} numbers, one for each bucket of ${bucketer}; got ${bucketCounts.length}.`,
    );
  }
  let samples = 0;
  for (let i = 0; i < bucketCounts.length; i++) {
    const count = bucketCounts[i]!;
    if (!Number.isSafeInteger(count) || count < 0) {
      const range = 'a safe integer of at least 0';
      throw wrongNumber(`bucketCounts[${i}] of a distribution`, range, count);
    }
    samples += count;
  }
  return samples;
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}
