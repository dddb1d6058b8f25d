import { Brand } from '../brand.js';
import { shown } from '../validation/shown.js';
import {
  explicitIndex,
  fixedWidthIndex,
  geometricIndex,
  type BucketIndex,
} from './bucket-index.js';
import { wrongNumber } from './numbers.js';

/** Far more buckets than any monitor accepts, and few enough to build their bounds in one step. */
const MAX_BUCKETS = 10_000;
/** Cloud Monitoring takes 200 buckets, one more than there are bounds. */
const MAX_EXPLICIT_BOUNDS = 199;

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

  private readonly index: BucketIndex;

  private constructor(
    /** The lower bound of each bucket; for bucket 0 it is minus infinity. */
    readonly lowerBounds: readonly number[],
    /** Width of a finite bucket; 0 unless all have the same width by {@link fixedWidth}. */
    readonly width: number,
    /** Ratio of a finite bucket's upper bound to its lower bound; 0 unless buckets grow by {@link geometric}. */
    readonly growth: number,
  ) {
    this.index = indexOf(lowerBounds, width, growth);
  }

  /**
   * Makes buckets of equal width. The first finite one goes from 0 to `width`.
   *
   * @throws TypeError when an argument is not a number; RangeError when `width` is not positive, `finiteBuckets` is not an
   * integer from 1 to 10,000, or the bounds do not rise or do not stay finite.
   */
  static fixedWidth(width: number, finiteBuckets: number): Bucketer {
    checkPositive('width', width);
    const lowerBounds = computedBounds(finiteBuckets, i => width * i);
    checkRise(lowerBounds, `fixedWidth(${width}, ${finiteBuckets})`);
    return new Bucketer(lowerBounds, width, 0);
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
    const lowerBounds = computedBounds(finiteBuckets, i => scale * growth ** i);
    checkRise(lowerBounds, `geometric(${growth}, ${finiteBuckets}, ${scale})`);
    return new Bucketer(lowerBounds, 0, growth);
  }

  /**
   * Makes buckets with the given bounds: `explicit([0.1, 0.3, 1])` has four, the first below 0.1 and the last from 1 on.
   * ProdX does not take such buckets.
   *
   * @param bounds are copied.
   * @throws TypeError when `bounds` is not an array of numbers; RangeError when there are not 1 to 199 bounds, as many as
   * Cloud Monitoring takes, or when they do not rise or are not finite.
   */
  static explicit(bounds: readonly number[]): Bucketer {
    return new Bucketer([-Infinity, ...checkedBounds(bounds)], 0, 0);
  }

  /**
   * The bucketer of distributions that do not name one: 100 finite buckets from 1 to 10^20, five per decade.
   * As in luci-go, the growth is a rounded double. So 10 falls into bucket 5 instead of 6, and each further power of
   * ten up to 10^6 also falls one bucket lower than in exact arithmetic.
   */
  static get default(): Bucketer {
    return (Bucketer.defaultBucketer ??= Bucketer.geometric(10 ** 0.2, 100));
  }

  /** Number of finite buckets. */
  get finiteBuckets(): number {
    return this.lowerBounds.length - 2;
  }

  /** Number of all buckets: the finite ones and the two outer ones. */
  get bucketCount(): number {
    return this.lowerBounds.length;
  }

  /** The lowest bound if buckets grow by {@link geometric}; otherwise 1. */
  get scale(): number {
    return this.growth === 0 ? 1 : this.lowerBounds[1]!;
  }

  /** Whether the bounds were given by {@link explicit} and follow no rule. */
  get isExplicit(): boolean {
    return this.width === 0 && this.growth === 0;
  }

  /** Returns the index of the bucket that a sample belongs to. */
  bucketOf(sample: number): number {
    return this.index(sample);
  }

  /** Whether both bucketers were made by the same rule and have the same bounds. */
  equals(other: Bucketer): boolean {
    return (
      this === other ||
      (this.width === other.width &&
        this.growth === other.growth &&
        this.bucketCount === other.bucketCount &&
        this.lowerBounds.every((bound, i) => bound === other.lowerBounds[i]))
    );
  }

  /** The call that made the bucketer: `fixedWidth(10, 5)`. */
  toString(): string {
    const { width, growth, finiteBuckets, scale, lowerBounds } = this;
    if (this.isExplicit) {
      return `explicit([${lowerBounds.slice(1).join(', ')}])`;
    }
    return growth === 0
      ? `fixedWidth(${width}, ${finiteBuckets})`
      : `geometric(${growth}, ${finiteBuckets}, ${scale})`;
  }
}

/** Whether a value is a Bucketer. It may come from another copy of the package. */
export const isBucketer = (value: unknown): value is Bucketer => BRAND.isOn(value);

function checkPositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw wrongNumber(`${name} of a bucketer`, 'a positive number', value);
  }
}

function computedBounds(finiteBuckets: number, boundAt: (i: number) => number): number[] {
  if (!Number.isSafeInteger(finiteBuckets) || finiteBuckets < 1 || finiteBuckets > MAX_BUCKETS) {
    const range = `an integer from 1 to ${MAX_BUCKETS}`;
    throw wrongNumber('finiteBuckets of a bucketer', range, finiteBuckets);
  }
  return [-Infinity, ...Array.from({ length: finiteBuckets + 1 }, (_, i) => boundAt(i))];
}

function checkRise(lowerBounds: readonly number[], bucketer: string): void {
  const rises = lowerBounds.every((bound, i) => i === 0 || bound > lowerBounds[i - 1]!);
  if (!rises || !Number.isFinite(lowerBounds.at(-1))) {
    throw new RangeError(
      `The bounds of a bucketer must rise and stay finite; those of ${bucketer} do not. Use fewer buckets, or another width, growth or scale.`,
    );
  }
}

function checkedBounds(given: readonly number[]): number[] {
  if (!Array.isArray(given)) {
    throw new TypeError(`bounds of a bucketer must be an array of numbers, got ${shown(given)}.`);
  }
  const bounds = Array.from<number>(given);
  if (bounds.length < 1 || bounds.length > MAX_EXPLICIT_BOUNDS) {
    throw new RangeError(
      `bounds of a bucketer must be 1 to ${MAX_EXPLICIT_BOUNDS} numbers, since Cloud Monitoring takes no more; got ${bounds.length}.`,
    );
  }
  bounds.forEach((bound, i) => {
    if (!Number.isFinite(bound)) {
      throw wrongNumber(`bounds[${i}] of a bucketer`, 'finite', bound);
    }
    if (i > 0 && bound <= bounds[i - 1]!) {
      throw new RangeError(
        `bounds[${i}] of a bucketer must be above the bound before it (${bounds[i - 1]}), got ${bound}.`,
      );
    }
  });
  return bounds;
}

function indexOf(lowerBounds: readonly number[], width: number, growth: number): BucketIndex {
  if (width > 0) {
    return fixedWidthIndex(lowerBounds, width);
  }
  return growth > 0 ? geometricIndex(lowerBounds, growth) : explicitIndex(lowerBounds);
}
