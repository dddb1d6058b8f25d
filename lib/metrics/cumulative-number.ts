import { BoundCell } from './bound-cell.js';
import type { AddArgs, FieldArgs, FieldDeclarations, NoFields } from './fields.js';
import type { MetricKind } from './metric-declaration.js';
import { Metric, type MetricOptions } from './metric.js';
import type { CellTable } from './metric-store.js';
import { wrongNumber } from './numbers.js';

/** Base of {@link Counter} and {@link FloatCounter}: a sum that only grows. */
export abstract class CumulativeNumber<F extends FieldDeclarations> extends Metric<number, F> {
  protected constructor(kind: MetricKind, name: string, options: MetricOptions<F>) {
    super(kind, name, options);
    this.registry.register(this);
  }

  /**
   * Adds to the sum. Without fields, `add()` alone adds 1.
   *
   * @throws RangeError when `delta` is negative, NaN or infinite, or when the sum would leave the range of its type;
   * TypeError for a missing or mistyped field, and for an extra field when the call creates a cell.
   */
  add(...args: AddArgs<F>): void;
  add(delta?: number, fields?: unknown): void {
    const amount = arguments.length === 0 ? 1 : delta!; // An explicit undefined is a mistake.
    if (this.accepts(amount)) {
      const { table } = this;
      this.addTo(table, table.obtain(fields), amount);
    }
  }

  /**
   * Sets the sum to a value that is counted elsewhere. The sum may only grow.
   *
   * @throws RangeError when `value` is lower than the present sum, negative, NaN or infinite; TypeError for a
   * missing or mistyped field, and for an extra field when the call creates a cell.
   */
  set(value: number, ...fields: FieldArgs<F>): void;
  set(value: number, fields?: unknown): void {
    if (this.accepts(value)) {
      const { table } = this;
      this.setIn(table, table.obtain(fields), value);
    }
  }

  /**
   * Looks one cell up, for hot paths that keep it.
   *
   * @throws TypeError for a missing, mistyped or extra field; RangeError for an int that is not a safe integer.
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
  accepts(value: number): boolean {
    return (this.holds(value) && value >= 0) || this.refuse(value);
  }

  /** @internal */
  addTo(table: CellTable<number>, row: number, delta: number): void {
    const sum = table.values[row]! + delta;
    if ((this.holds(sum) || this.refuse(sum)) && table.recording === true) {
      table.values[row] = sum;
    }
  }

  /** @internal */
  setIn(table: CellTable<number>, row: number, value: number): void {
    const present = table.values[row]!;
    if (value < present) {
      this.handleMistake(
        new RangeError(
          `Metric "${this.name}" is a sum and only grows: it is ${present} and cannot be set to ${value}.`,
        ),
      );
    } else if (table.recording) {
      table.values[row] = value;
    }
  }

  /** Whether a cell can have this value. */
  protected abstract holds(value: number): boolean;
  /** The values that a cell can have, in words for messages. */
  protected abstract readonly range: string;

  // A method of its own, so that recording stays small enough to be inlined into its callers.
  private refuse(value: number): false {
    const range = this.holds(value) ? 'at least 0' : this.range;
    return this.handleMistake(wrongNumber(`A value of metric "${this.name}"`, range, value));
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
    private readonly metric: Pick<CumulativeNumber<NoFields>, 'accepts' | 'addTo' | 'setIn'>,
    table: CellTable<number>,
    fields: unknown,
  ) {
    super(table, fields);
  }

  /**
   * Adds to the sum, like {@link Counter.add}. `add()` alone adds 1.
   *
   * @throws RangeError when `delta` is negative, NaN or infinite, or when the sum would leave the range of its type.
   */
  add(...args: [] | [delta: number]): void;
  add(delta?: number): void {
    const amount = arguments.length === 0 ? 1 : delta!;
    if (this.metric.accepts(amount)) {
      this.metric.addTo(this.table, this.row(), amount);
    }
  }

  /**
   * Sets the sum, like {@link Counter.set}.
   *
   * @throws RangeError when `value` is lower than the present sum, negative, NaN or infinite.
   */
  set(value: number): void {
    if (this.metric.accepts(value)) {
      this.metric.setIn(this.table, this.row(), value);
    }
  }
}
