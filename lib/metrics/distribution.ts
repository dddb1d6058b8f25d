import { Bucketer } from './bucketer.js';
import { wrongNumber } from './numbers.js';

/**
 * A histogram: how many samples fell into each bucket, their number and their sum.
 *
 * @publicApi
 */
export class Distribution {
  // Grows to the highest bucket in use, so that it never ends in zeros.
  private readonly counts: number[] = [];
  private samples = 0;
  private total = 0;

  constructor(readonly bucketer: Bucketer = Bucketer.default) {}

  /** How many samples were added. */
  get count(): number {
    return this.samples;
  }

  /** The sum of the samples. */
  get sum(): number {
    return this.total;
  }

  /** The mean of the samples; undefined where there are none. */
  get mean(): number | undefined {
    return this.samples === 0 ? undefined : this.total / this.samples;
  }

  /** The number of samples in each bucket, up to the highest one in use. */
  get bucketCounts(): readonly number[] {
    return this.counts;
  }

  /**
   * Adds a sample.
   *
   * @throws TypeError when it is not a number, RangeError when it is NaN or infinite, or the sum would become so.
   */
  add(sample: number): void {
    if (!Number.isFinite(sample)) {
      throw wrongNumber('A sample of a distribution', 'finite', sample);
    }
    const total = this.total + sample;
    if (!Number.isFinite(total)) {
      throw wrongNumber('The sum of a distribution', 'finite', total);
    }
    const bucket = this.bucketer.bucketOf(sample);
    while (this.counts.length <= bucket) {
      this.counts.push(0);
    }
    this.counts[bucket]! += 1;
    this.samples += 1;
    this.total = total;
  }

  /** A copy that later samples do not change. */
  clone(): Distribution {
    return this.minus(new Distribution(this.bucketer));
  }

  /** What was added since `earlier`, a former state of this distribution. */
  minus(earlier: Distribution): Distribution {
    const rest = new Distribution(this.bucketer);
    this.counts.forEach((count, i) => rest.counts.push(count - (earlier.counts[i] ?? 0)));
    while (rest.counts.at(-1) === 0) {
      rest.counts.pop();
    }
    rest.samples = this.samples - earlier.samples;
    rest.total = rest.samples === 0 ? 0 : this.total - earlier.total;
    return rest;
  }
}
