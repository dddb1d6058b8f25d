import { Brand } from '../brand.js';
import { evenIndex, growingIndex, type BucketIndex } from './bucket-index.js';

/** Far more than any monitor takes, and few enough to be made at once. */
const MOST_BUCKETS = 10_000;

const BRAND = new Brand<Bucketer>('Bucketer');

/**
 * The rule that maps a sample to its bucket. Bucket 0 holds what lies below the lowest bound, the last one
 * what lies above the highest; those between are finite, and closed below: a sample equal to a bound
 * belongs to the bucket above it.
 *
 * @publicApi
 */
export class Bucketer {
  static {
    BRAND.mark(this.prototype);
  }

  private static defaultBucketer: Bucketer | undefined;

  /** The lower bound of every bucket; minus infinity for bucket 0. */
  readonly lowerBounds: readonly number[];
  private readonly index: BucketIndex;

  private constructor(
    /** Width of a finite bucket; 0 where they grow. */
    readonly width: number,
    /** Ratio of a finite bucket's upper bound to its lower one; 0 where they have one width. */
    readonly growth: number,
    /** How many finite buckets there are. */
    readonly finiteBuckets: number,
    /** The lowest bound, where buckets grow; else 1. */
    readonly scale: number,
  ) {
    if (!Number.isSafeInteger(finiteBuckets) || finiteBuckets < 1 || finiteBuckets > MOST_BUCKETS) {
      throw new RangeError(
        `finiteBuckets of a bucketer must be an integer from 1 to ${MOST_BUCKETS}, got ${finiteBuckets}.`,
      );
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
      width === 0 ? growingIndex(this.lowerBounds, growth) : evenIndex(this.lowerBounds, width);
  }

  /**
   * Buckets of one width, the first from 0 to `width`.
   *
   * @throws RangeError when `width` is not a positive number, `finiteBuckets` not an integer from 1 to 10,000, or the
   * bounds do not rise or stay finite.
   */
  static fixedWidth(width: number, finiteBuckets: number): Bucketer {
    checkPositive('width', width);
    return new Bucketer(width, 0, finiteBuckets, 1);
  }

  /**
   * Buckets that grow: the first from `scale` to `scale * growth`, the next one `growth` times as wide.
   *
   * @throws RangeError when `growth` is not above 1, `scale` not positive, `finiteBuckets` not an integer from 1 to
   * 10,000, or the bounds do not rise or stay finite.
   */
  static geometric(growth: number, finiteBuckets: number, scale = 1): Bucketer {
    if (!Number.isFinite(growth) || growth <= 1) {
      throw new RangeError(`growth of a bucketer must be a number above 1, got ${growth}.`);
    }
    checkPositive('scale', scale);
    return new Bucketer(0, growth, finiteBuckets, scale);
  }

  /**
   * The bucketer of distributions that name none: 100 finite buckets from 1 to 10^20, five a decade.
   * As in luci-go the growth is a rounded double, so that 10 falls into bucket 5 rather than 6, and every
   * further power of ten up to 10^6 likewise one lower than exact arithmetic says.
   */
  static get default(): Bucketer {
    return (Bucketer.defaultBucketer ??= Bucketer.geometric(10 ** 0.2, 100));
  }

  /** How many buckets there are, with those below and above the finite ones. */
  get bucketCount(): number {
    return this.finiteBuckets + 2;
  }

  /** The index of the bucket that a sample belongs to. */
  bucketOf(sample: number): number {
    return this.index(sample);
  }

  /** Whether the other one maps every sample to the same bucket. */
  equals(other: Bucketer): boolean {
    return (
      this.width === other.width &&
      this.growth === other.growth &&
      this.finiteBuckets === other.finiteBuckets &&
      this.scale === other.scale
    );
  }

  /** As it was made: `fixedWidth(10, 5)`. */
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

/** Whether it is a bucketer, of this copy of the package or of another. */
export const isBucketer = (value: unknown): value is Bucketer => BRAND.isOn(value);

function checkPositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) {
    throw new RangeError(`${name} of a bucketer must be a positive number, got ${value}.`);
  }
}
