import { BoundCell } from './bound-cell.js';
import { Bucketer, isBucketer } from './bucketer.js';
import { Distribution, isDistribution } from './distribution.js';
import type { FieldArgs, FieldDeclarations, NoFields } from './fields.js';
import type { MetricKind } from './metric-declaration.js';
import { Metric, type MetricOptions } from './metric.js';
import type { CellTable } from './metric-store.js';

/**
 * Options of {@link CumulativeDistribution} and {@link NonCumulativeDistribution}.
 *
 * @publicApi
 */
export interface DistributionOptions<
  F extends FieldDeclarations = NoFields,
> extends MetricOptions<F> {
  /**
   * Maps samples to buckets.
   *
   * @default Bucketer.default
   */
  bucketer?: Bucketer | undefined;
}

/** Base of the two kinds of distributions. */
export abstract class DistributionMetric<F extends FieldDeclarations> extends Metric<
  Distribution,
  F
> {
  /** Maps samples to buckets. */
  readonly bucketer: Bucketer;

  protected constructor(kind: MetricKind, name: string, options: DistributionOptions<F>) {
    super(kind, name, options, ['bucketer']);
    this.bucketer = options.bucketer ?? Bucketer.default;
    if (!isBucketer(this.bucketer)) {
      throw new TypeError(
        `bucketer of metric "${name}" must be a Bucketer, such as Bucketer.default, got ${typeof this.bucketer}.`,
      );
    }
    this.registry.register(this);
  }

  /**
   * Returns a copy of the distribution, or undefined if nothing was recorded.
   *
   * @throws TypeError for a missing or mistyped field.
   */
  override get(...fields: FieldArgs<F>): Distribution | undefined;
  override get(fields?: unknown): Distribution | undefined {
    return this.table.read(fields)?.clone();
  }

  /**
   * Sets the distribution to a copy of the given one, which was aggregated elsewhere.
   *
   * @throws TypeError when `distribution` is not a {@link Distribution} or has another bucketer than the metric, for a
   * missing or mistyped field, and for an extra field when the call creates a cell. In a {@link CumulativeDistribution}
   * RangeError when the sum is negative, or when the sum or the count of a bucket is lower than before.
   */
  set(distribution: Distribution, ...fields: FieldArgs<F>): void;
  set(distribution: Distribution, fields?: unknown): void {
    if (this.acceptsDistribution(distribution)) {
      const { table } = this;
      this.setIn(table, table.obtain(fields), distribution);
    }
  }

  /** @internal */
  setIn(table: CellTable<Distribution>, row: number, distribution: Distribution): void {
    if (table.recording) {
      table.values[row] = distribution.clone();
      if (table.isWatched) {
        table.noteSet(row);
      }
    }
  }

  /** @internal */
  acceptsDistribution(distribution: Distribution): boolean {
    return this.accepted(() => this.checkDistribution(distribution));
  }

  /** Whether a check throws nothing. What it throws is a mistake of the caller. */
  protected accepted(check: () => void): boolean {
    try {
      check();
      return true;
    } catch (mistake) {
      return this.handleMistake(mistake);
    }
  }

  protected checkDistribution(distribution: Distribution): void {
    if (!isDistribution(distribution)) {
      throw new TypeError(
        `A value of metric "${this.name}" must be a Distribution, got ${typeof distribution}.`,
      );
    }
    if (!distribution.bucketer.equals(this.bucketer)) {
      throw new TypeError(
        `A value of metric "${this.name}" must have the bucketer ${this.bucketer}, got one with ${distribution.bucketer}.`,
      );
    }
  }

  /** The distribution before the first recording: it is empty. */
  initialValue(): Distribution {
    return new Distribution(this.bucketer);
  }

  /** The whole declaration in one line, for messages. Two declarations with the same line are one metric. */
  override describe(): string {
    return `${super.describe()} by ${this.bucketer}`;
  }
}

/** Base of the two kinds of bound distributions. */
export abstract class BoundDistribution extends BoundCell<Distribution> {
  /** @internal */
  constructor(
    private readonly settable: Pick<DistributionMetric<NoFields>, 'acceptsDistribution' | 'setIn'>,
    table: CellTable<Distribution>,
    fields: unknown,
  ) {
    super(table, fields);
  }

  /**
   * Sets the distribution, like {@link CumulativeDistribution.set}.
   *
   * @throws TypeError when `distribution` is not a {@link Distribution} or has another bucketer than the metric. In a
   * {@link CumulativeDistribution} RangeError when the sum is negative, or when the sum or the count of a bucket is lower than
   * before.
   */
  set(distribution: Distribution): void {
    if (this.settable.acceptsDistribution(distribution)) {
      this.settable.setIn(this.table, this.row(), distribution);
    }
  }

  /** Returns a copy of the distribution, or undefined if nothing was recorded. */
  override get(): Distribution | undefined {
    return super.get()?.clone();
  }
}
