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
 * What a metric of distributions takes.
 *
 * @publicApi
 */
export interface DistributionOptions<
  F extends FieldDeclarations = NoFields,
> extends MetricOptions<F> {
  /**
   * How samples are put into buckets.
   *
   * @default Bucketer.default
   */
  bucketer?: Bucketer | undefined;
}

/** What the two kinds of distributions share. */
abstract class DistributionMetric<
  F extends FieldDeclarations = NoFields,
> extends Metric<Distribution> {
  /** How samples are put into buckets. */
  readonly bucketer: Bucketer;

  protected constructor(kind: MetricKind, name: string, options: DistributionOptions<F>) {
    super(kind, name, options);
    this.bucketer = options.bucketer ?? Bucketer.default;
    if (!isBucketer(this.bucketer)) {
      throw new TypeError(
        `bucketer of metric "${name}" must be a Bucketer, such as Bucketer.default.`,
      );
    }
    this.registry.register(this);
  }

  /**
   * A copy of the distribution; undefined where nothing was recorded.
   *
   * @throws TypeError for missing or mistyped fields.
   */
  get(...fields: FieldArgs<F>): Distribution | undefined;
  get(fields?: unknown): Distribution | undefined {
    return this.table.read(fields)?.clone();
  }

  /**
   * Removes a cell. The next recording makes another, with a new start time.
   *
   * @throws TypeError for missing or mistyped fields.
   */
  delete(...fields: FieldArgs<F>): void;
  delete(fields?: unknown): void {
    this.table.delete(fields);
  }

  /** The distribution before the first recording: an empty one. */
  initialValue(): Distribution {
    return new Distribution(this.bucketer);
  }

  /** The whole declaration in one line, for messages. Two that agree are one metric. */
  override describe(): string {
    return `${super.describe()} by ${this.bucketer}`;
  }
}

const BRAND = new Brand<CumulativeDistribution>('CumulativeDistribution');

/**
 * How often something took how long, or was how large, since a start time.
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
   * @throws as {@link Metric}; TypeError for a `bucketer` that is none.
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
   * @throws RangeError when it is negative, NaN or infinite; TypeError for missing or mistyped fields, and where it
   * makes a cell for an extra one.
   */
  add(sample: number, ...fields: FieldArgs<F>): void;
  add(sample: number, fields?: unknown): void {
    this.checkSample(sample);
    const { table } = this;
    this.addTo(table, table.obtain(fields), sample);
  }

  /**
   * One cell, looked up once, for hot paths.
   *
   * @throws TypeError for missing, mistyped or extra fields; RangeError for an int that is not a safe integer.
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

  // Apart from where it is thrown: recording stays small enough to be compiled into its callers.
  private refusal(sample: number): Error {
    return Number.isFinite(sample)
      ? new RangeError(
          `Metric "${this.name}" sums its samples and never falls: it takes no ${sample}.`,
        )
      : wrongNumber(`A sample of metric "${this.name}"`, 'finite', sample);
  }
}

/** Whether it is such a metric, of this copy of the package or of another. */
export const isCumulativeDistribution = (value: unknown): value is CumulativeDistribution =>
  BRAND.isOn(value);

/**
 * How something is spread at a moment, such as the ages of the items in a queue.
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
   * @throws as {@link Metric}; TypeError for a `bucketer` that is none.
   */
  constructor(name: string, options: DistributionOptions<F> = {}) {
    super(
      { name: 'NonCumulativeDistribution', valueType: 'distribution', cumulative: false },
      name,
      options,
    );
  }

  /**
   * Sets the distribution, which is copied.
   *
   * @throws TypeError when it is none, or has another bucketer than the metric; or for missing or mistyped fields, and
   * where it makes a cell for an extra one.
   */
  set(distribution: Distribution, ...fields: FieldArgs<F>): void;
  set(distribution: Distribution, fields?: unknown): void {
    this.checkDistribution(distribution);
    const { table } = this;
    this.setIn(table, table.obtain(fields), distribution);
  }

  /**
   * One cell, looked up once, for hot paths.
   *
   * @throws TypeError for missing, mistyped or extra fields; RangeError for an int that is not a safe integer.
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
      throw new TypeError(`Metric "${this.name}" must be set to a Distribution.`);
    }
    if (!distribution.bucketer.equals(this.bucketer)) {
      throw new TypeError(
        `Metric "${this.name}" has the bucketer ${this.bucketer}; make its distributions with that one, not with ${distribution.bucketer}.`,
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
   * As {@link CumulativeDistribution.add}.
   *
   * @throws RangeError when the sample is negative, NaN or infinite.
   */
  add(sample: number): void {
    this.metric.checkSample(sample);
    this.metric.addTo(this.table, this.row(), sample);
  }

  /** A copy of the distribution; undefined where nothing was recorded. */
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
   * As {@link NonCumulativeDistribution.set}.
   *
   * @throws TypeError when it is no distribution, or has another bucketer than the metric.
   */
  set(distribution: Distribution): void {
    this.metric.checkDistribution(distribution);
    this.metric.setIn(this.table, this.row(), distribution);
  }

  /** A copy of the distribution; undefined where nothing was recorded. */
  override get(): Distribution | undefined {
    return super.get()?.clone();
  }
}
