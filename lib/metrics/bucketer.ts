import { Brand } from '../brand.js';
import { fixedWidthIndex, geometricIndex, type BucketIndex } from './bucket-index.js';
import { wrongNumber } from './numbers.js';

/** Far more buckets than any monitor accepts, and few enough to build their bounds in one step. */
const MAX_BUCKETS = 10_000;

const BRAND = new Brand<Bucketer>('Bucketer');

/**
 * The rule that maps a sample to its bucket. Bucket 0 holds the samples below the lowest bound, and the last bucket
 * the samples from the highest bound on. The buckets between are finite. A sample that equals a bound belongs to
 * the bucket above it.
 *
 * @publicApi
 */
export class Bucketer {
  static {
    BRAND.mark(this.prototype);
  }

  private static defaultBucketer: Bucketer | undefined;

  /** The lower bound of each bucket; for bucket 0 it is minus infinity. */
  readonly lowerBounds: readonly number[];
  private readonly index: BucketIndex;

  private constructor(
    /** Width of a finite bucket; 0 if buckets grow. */
    readonly width: number,
    /** Ratio of a finite bucket's upper bound to its lower bound; 0 if all have the same width. */
    readonly growth: number,
    /** Number of finite buckets. */
    readonly finiteBuckets: number,
    /** The lowest bound if buckets grow; otherwise 1. */
    readonly scale: number,
  ) {
    if (!Number.isSafeInteger(finiteBuckets) || finiteBuckets < 1 || finiteBuckets > MAX_BUCKETS) {
      const range = `an integer from 1 to ${MAX_BUCKETS}`;
      throw wrongNumber('finiteBuckets of a bucketer', range, finiteBuckets);
    }
    this.lowerBounds = [
      -Infinity,
      ...Array.from({ length: finiteBuckets + 1 }, (_, i) =>
        width === 0 ? scale * growth ** i : width * i,
      ),
    ];
    const last = this.lowerBounds[finiteBuckets + 1]!;
    if (!Number.isFinite(last) || !this.lowerBounds.every(this.isAboveItsPredecessor)) {
      throw new RangeError(
        `The bounds of a bucketer must rise and stay finite; those of ${this} do not. Use fewer buckets, or another width, growth or scale.`,
      );
    }
    this.index =
      width === 0
        ? geometricIndex(this.lowerBounds, growth)
        : fixedWidthIndex(this.lowerBounds, width);
  }

  /**
   * Makes buckets of equal width. The first finite one goes from 0 to `width`.
   *
   * @throws TypeError when an argument is not a number; RangeError when `width` is not positive, `finiteBuckets` is not an
   * integer from 1 to 10,000, or the bounds do not rise or do not stay finite.
   */
  static fixedWidth(width: number, finiteBuckets: number): Bucketer {
    checkPositive('width', width);
    return new Bucketer(width, 0, finiteBuckets, 1);
  }

  /**
   * Makes buckets that grow. The first finite one goes from `scale` to `scale * growth`, and each further one is
   * `growth` times as wide.
   *
   * @throws TypeError when an argument is not a number; RangeError when `growth` is not above 1, `scale` is not positive,
   * `finiteBuckets` is not an integer from 1 to 10,000, or the bounds do not rise or do not stay finite.
   */
  static geometric(growth: number, finiteBuckets: number, scale = 1): Bucketer {
    if (!Number.isFinite(growth) || growth <= 1) {
      throw wrongNumber('growth of a bucketer', 'a number above 1', growth);
    }
    checkPositive('scale', scale);
    return new Bucketer(0, growth, finiteBuckets, scale);
  }

  /**
   * The bucketer of distributions that do not name one: 100 finite buckets from 1 to 10^20, five per decade.
   * As in luci-go, the growth is a rounded double. So 10 falls into bucket 5 instead of 6, and each further power of
   * ten up to 10^6 also falls one bucket lower than in exact arithmetic.
   */
  static get default(): Bucketer {
    return (Bucketer.defaultBucketer ??= Bucketer.geometric(10 ** 0.2, 100));
  }

  /** Number of all buckets: the finite ones and the two outer ones. */
  get bucketCount(): number {
    return this.finiteBuckets + 2;
  }

  /** Returns the index of the bucket that a sample belongs to. */
  bucketOf(sample: number): number {
    return this.index(sample);
  }

  /** Whether both bucketers map every sample to the same bucket. */
  equals(other: Bucketer): boolean {
    return (
      this.width === other.width &&
      this.growth === other.growth &&
      this.finiteBuckets === other.finiteBuckets &&
      this.scale === other.scale
    );
  }

  /** The call that made the bucketer: `fixedWidth(10, 5)`. */
  toString(): string {
    return this.width === 0
      ? `geometric(${this.growth}, ${this.finiteBuckets}, ${this.scale})`
      : `fixedWidth(${this.width}, ${this.finiteBuckets})`;
  }

  private readonly isAboveItsPredecessor = (
    bound: number,
    i: number,
    bounds: readonly number[],
  ): boolean => i === 0 || bound > bounds[i - 1]!;
}

/** Whether a value is a Bucketer. It may come from another copy of the package. */
export const isBucketer = (value: unknown): value is Bucketer => BRAND.isOn(value);

function checkPositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw wrongNumber(`${name} of a bucketer`, 'a positive number', value);
  }
}
