import { Brand } from '../brand.js';
import { BoundCell } from './bound-cell.js';
import { Bucketer, isBucketer } from './bucketer.js';
import { Distribution, isDistribution } from './distribution.js';
import type { FieldArgs, FieldDeclarations, NoFields } from './fields.js';
import type { MetricKind } from './metric-declaration.js';
import { Metric, type MetricOptions } from './metric.js';
import type { CellTable } from './metric-store.js';
import { wrongNumber } from './numbers.js';

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
abstract class DistributionMetric<F extends FieldDeclarations> extends Metric<Distribution, F> {
  /** Maps samples to buckets. */
  readonly bucketer: Bucketer;

  protected constructor(kind: MetricKind, name: string, options: DistributionOptions<F>) {
    super(kind, name, options);
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

  /** The distribution before the first recording: it is empty. */
  initialValue(): Distribution {
    return new Distribution(this.bucketer);
  }

  /** The whole declaration in one line, for messages. Two declarations with the same line are one metric. */
  override describe(): string {
    return `${super.describe()} by ${this.bucketer}`;
  }
}

const BRAND = new Brand<CumulativeDistribution>('CumulativeDistribution');

/**
 * A histogram of all samples since a start time, such as durations or sizes.
 *
 * @publicApi
 */
export class CumulativeDistribution<
  F extends FieldDeclarations = NoFields,
> extends DistributionMetric<F> {
  static {
    BRAND.mark(this.prototype);
  }

  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/durations`.
   * @throws like {@link Metric}; also TypeError when `bucketer` is not a {@link Bucketer}.
   */
  constructor(name: string, options: DistributionOptions<F> = {}) {
    super(
      { name: 'CumulativeDistribution', valueType: 'distribution', cumulative: true },
      name,
      options,
    );
  }

  /**
   * Adds a sample.
   *
   * @throws RangeError when the sample is negative, NaN or infinite; TypeError for a missing or mistyped field, and for
   * an extra field when the call creates a cell.
   */
  add(sample: number, ...fields: FieldArgs<F>): void;
  add(sample: number, fields?: unknown): void {
    this.checkSample(sample);
    const { table } = this;
    this.addTo(table, table.obtain(fields), sample);
  }

  /**
   * Looks one cell up, for hot paths that keep it.
   *
   * @throws TypeError for a missing, mistyped or extra field; RangeError for an int that is not a safe integer.
   */
  cell(...fields: FieldArgs<F>): BoundCumulativeDistribution;
  cell(fields?: unknown): BoundCumulativeDistribution {
    return new BoundCumulativeDistribution(this, this.table, fields);
  }

  /** @internal */
  addTo(table: CellTable<Distribution>, row: number, sample: number): void {
    const distribution = table.values[row]!;
    if (table.recording === true) {
      distribution.add(sample);
    } else {
      distribution.checkAdd(sample);
    }
  }

  /** @internal */
  checkSample(sample: number): void {
    if (!Number.isFinite(sample) || sample < 0) {
      throw this.refusal(sample);
    }
  }

  // A method of its own, so that recording stays small enough to be inlined into its callers.
  private refusal(sample: number): Error {
    const range = Number.isFinite(sample) ? 'at least 0' : 'finite';
    return wrongNumber(`A sample of metric "${this.name}"`, range, sample);
  }
}

/** Whether a value is a CumulativeDistribution. It may come from another copy of the package. */
export const isCumulativeDistribution = (value: unknown): value is CumulativeDistribution =>
  BRAND.isOn(value);

/**
 * A histogram of the present state, such as the ages of the items in a queue.
 *
 * @publicApi
 */
export class NonCumulativeDistribution<
  F extends FieldDeclarations = NoFields,
> extends DistributionMetric<F> {
  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/queue_ages`.
   * @throws like {@link Metric}; also TypeError when `bucketer` is not a {@link Bucketer}.
   */
  constructor(name: string, options: DistributionOptions<F> = {}) {
    super(
      { name: 'NonCumulativeDistribution', valueType: 'distribution', cumulative: false },
      name,
      options,
    );
  }

  /**
   * Sets the distribution to a copy of the given one.
   *
   * @throws TypeError when `distribution` is not a {@link Distribution} or has another bucketer than the metric, for a
   * missing or mistyped field, and for an extra field when the call creates a cell.
   */
  set(distribution: Distribution, ...fields: FieldArgs<F>): void;
  set(distribution: Distribution, fields?: unknown): void {
    this.checkDistribution(distribution);
    const { table } = this;
    this.setIn(table, table.obtain(fields), distribution);
  }

  /**
   * Looks one cell up, for hot paths that keep it.
   *
   * @throws TypeError for a missing, mistyped or extra field; RangeError for an int that is not a safe integer.
   */
  cell(...fields: FieldArgs<F>): BoundNonCumulativeDistribution;
  cell(fields?: unknown): BoundNonCumulativeDistribution {
    return new BoundNonCumulativeDistribution(this, this.table, fields);
  }

  /** @internal */
  setIn(table: CellTable<Distribution>, row: number, distribution: Distribution): void {
    if (table.recording) {
      table.values[row] = distribution.clone();
    }
  }

  /** @internal */
  checkDistribution(distribution: Distribution): void {
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
}

/**
 * One cell of a {@link CumulativeDistribution}.
 *
 * @publicApi
 */
export class BoundCumulativeDistribution extends BoundCell<Distribution> {
  /** @internal */
  constructor(
    private readonly metric: Pick<CumulativeDistribution, 'checkSample' | 'addTo'>,
    table: CellTable<Distribution>,
    fields: unknown,
  ) {
    super(table, fields);
  }

  /**
   * Adds a sample, like {@link CumulativeDistribution.add}.
   *
   * @throws RangeError when the sample is negative, NaN or infinite.
   */
  add(sample: number): void {
    this.metric.checkSample(sample);
    this.metric.addTo(this.table, this.row(), sample);
  }

  /** Returns a copy of the distribution, or undefined if nothing was recorded. */
  override get(): Distribution | undefined {
    return super.get()?.clone();
  }
}

/**
 * One cell of a {@link NonCumulativeDistribution}.
 *
 * @publicApi
 */
export class BoundNonCumulativeDistribution extends BoundCell<Distribution> {
  /** @internal */
  constructor(
    private readonly metric: Pick<NonCumulativeDistribution, 'checkDistribution' | 'setIn'>,
    table: CellTable<Distribution>,
    fields: unknown,
  ) {
    super(table, fields);
  }

  /**
   * Sets the distribution, like {@link NonCumulativeDistribution.set}.
   *
   * @throws TypeError when `distribution` is not a {@link Distribution} or has another bucketer than the metric.
   */
  set(distribution: Distribution): void {
    this.metric.checkDistribution(distribution);
    this.metric.setIn(this.table, this.row(), distribution);
  }

  /** Returns a copy of the distribution, or undefined if nothing was recorded. */
  override get(): Distribution | undefined {
    return super.get()?.clone();
  }
}
