import { BoundCell } from './bound-cell.js';
import type { FieldArgs, FieldDeclarations, NoFields } from './fields.js';
import type { MetricKind } from './metric-declaration.js';
import { Metric, type MetricOptions } from './metric.js';
import type { CellTable } from './metric-store.js';
import { wrongNumber } from './numbers.js';

/** Sums: what {@link Counter} and {@link FloatCounter} share. */
export abstract class CumulativeNumber<
  F extends FieldDeclarations = NoFields,
> extends Metric<number> {
  protected constructor(kind: MetricKind, name: string, options: MetricOptions<F>) {
    super(kind, name, options);
    this.registry.register(this);
  }

  /**
   * Adds to the sum.
   *
   * @throws RangeError when `delta` is negative, NaN or infinite, or the sum would leave the range of its type;
   * TypeError for missing or mistyped fields, and where it makes a cell for an extra one.
   */
  add(delta: number, ...fields: FieldArgs<F>): void;
  add(delta: number, fields?: unknown): void {
    this.checkNotNegative(delta);
    const { table } = this;
    this.addTo(table, table.obtain(fields), delta);
  }

  /**
   * Sets the sum, for one that is counted elsewhere. It may only grow.
   *
   * @throws RangeError when `value` is lower than the present one, negative, NaN or infinite; TypeError for
   * missing or mistyped fields, and where it makes a cell for an extra one.
   */
  set(value: number, ...fields: FieldArgs<F>): void;
  set(value: number, fields?: unknown): void {
    this.checkNotNegative(value);
    const { table } = this;
    this.setIn(table, table.obtain(fields), value);
  }

  /**
   * The sum; undefined where nothing was recorded.
   *
   * @throws TypeError for missing or mistyped fields.
   */
  get(...fields: FieldArgs<F>): number | undefined;
  get(fields?: unknown): number | undefined {
    return this.table.read(fields);
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

  /**
   * One cell, looked up once, for hot paths.
   *
   * @throws TypeError for missing, mistyped or extra fields; RangeError for an int that is not a safe integer.
   */
  cell(...fields: FieldArgs<F>): BoundCounter;
  cell(fields?: unknown): BoundCounter {
    return new BoundCounter(this, this.table, fields);
  }

  /** The sum before the first recording: 0. */
  initialValue(): number {
    return 0;
  }

  /** @internal */
  checkNotNegative(value: number): void {
    if (!this.holds(value) || value < 0) {
      throw this.refusal(value);
    }
  }

  /** @internal */
  addTo(table: CellTable<number>, row: number, delta: number): void {
    const sum = table.values[row]! + delta;
    if (!this.holds(sum)) {
      throw this.refusal(sum);
    }
    if (table.recording === true) {
      table.values[row] = sum;
    }
  }

  /** @internal */
  setIn(table: CellTable<number>, row: number, value: number): void {
    const present = table.values[row]!;
    if (value < present) {
      throw new RangeError(
        `Metric "${this.name}" is a sum and never falls: it is ${present} and cannot be set to ${value}.`,
      );
    }
    if (table.recording) {
      table.values[row] = value;
    }
  }

  /** Whether a cell can have this value. */
  protected abstract holds(value: number): boolean;
  /** What a cell can have as its value, for messages. */
  protected abstract readonly range: string;

  // Apart from where it is thrown: recording stays small enough to be compiled into its callers.
  private refusal(value: number): Error {
    return this.holds(value)
      ? new RangeError(`Metric "${this.name}" is a sum and never falls: it takes no ${value}.`)
      : wrongNumber(`A value of metric "${this.name}"`, this.range, value);
  }
}

/**
 * One cell of a {@link Counter} or {@link FloatCounter}.
 *
 * @publicApi
 */
export class BoundCounter extends BoundCell<number> {
  /** @internal */
  constructor(
    private readonly metric: Pick<CumulativeNumber, 'checkNotNegative' | 'addTo' | 'setIn'>,
    table: CellTable<number>,
    fields: unknown,
  ) {
    super(table, fields);
  }

  /**
   * As {@link Counter.add}.
   *
   * @throws RangeError when `delta` is negative, NaN or infinite, or the sum would leave the range of its type.
   */
  add(delta: number): void {
    this.metric.checkNotNegative(delta);
    this.metric.addTo(this.table, this.row(), delta);
  }

  /**
   * As {@link Counter.set}.
   *
   * @throws RangeError when `value` is lower than the present one, negative, NaN or infinite.
   */
  set(value: number): void {
    this.metric.checkNotNegative(value);
    this.metric.setIn(this.table, this.row(), value);
  }
}
