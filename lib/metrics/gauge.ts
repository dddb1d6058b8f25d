import { BoundCell } from './bound-cell.js';
import type { FieldArgs, FieldDeclarations, NoFields } from './fields.js';
import { truncated } from './truncated-text.js';
import type { MetricKind } from './metric-declaration.js';
import { Metric, type MetricOptions } from './metric.js';
import type { CellTable } from './metric-store.js';
import { wrongNumber } from './numbers.js';

type GaugeValue = number | string | boolean;

/** Base of the four kinds of gauges: a value that describes the present, not what happened since a start time. */
abstract class Gauge<V extends GaugeValue, F extends FieldDeclarations> extends Metric<V, F> {
  protected constructor(kind: MetricKind, name: string, options: MetricOptions<F>) {
    super(kind, name, options);
    this.registry.register(this);
  }

  /**
   * Sets the value.
   *
   * @throws TypeError for a value or field of another type, a missing field, and an extra field when the call creates a
   * cell; RangeError for a number that is NaN or infinite and, in an {@link IntGauge}, for one that is not a safe integer.
   */
  set(value: V, ...fields: FieldArgs<F>): void;
  set(value: V, fields?: unknown): void {
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
  cell(...fields: FieldArgs<F>): BoundGauge<V>;
  cell(fields?: unknown): BoundGauge<V> {
    return new BoundGauge(this, this.table, fields);
  }

  /** A gauge has no value before it is set. */
  initialValue(): undefined {
    return undefined;
  }

  /** @internal */
  setIn(table: CellTable<V>, row: number, value: V): void {
    if (table.recording) {
      table.values[row] = value;
      if (table.isWatched) {
        table.noteSet(row);
      }
    }
  }

  /** @internal */
  abstract accepts(value: V): boolean;

  // Methods of their own, so that recording stays small enough to be inlined into its callers.
  protected refuseNumber(range: string, value: unknown): false {
    return this.handleMistake(wrongNumber(`A value of metric "${this.name}"`, range, value));
  }

  protected refuseType(wanted: string, value: unknown): false {
    return this.handleMistake(
      new TypeError(`A value of metric "${this.name}" must be ${wanted}, got ${typeof value}.`),
    );
  }
}

/**
 * One cell of a gauge, whose values are numbers, strings or booleans.
 *
 * @publicApi
 */
export class BoundGauge<V extends GaugeValue> extends BoundCell<V> {
  /** @internal */
  constructor(
    private readonly metric: Pick<Gauge<V, NoFields>, 'accepts' | 'setIn'>,
    table: CellTable<V>,
    fields: unknown,
  ) {
    super(table, fields);
  }

  /**
   * Sets the value, like {@link IntGauge.set}.
   *
   * @throws TypeError for a value of another type; RangeError for a number that is NaN or infinite and, in an
   * {@link IntGauge}, for one that is not a safe integer.
   */
  set(value: V): void {
    if (this.metric.accepts(value)) {
      this.metric.setIn(this.table, this.row(), value);
    }
  }
}

/** Base of the two kinds of gauges whose values are numbers. */
abstract class NumberGauge<F extends FieldDeclarations> extends Gauge<number, F> {
  /**
   * Adds to the value; a negative number lowers it. A cell that was not set yet counts from 0.
   *
   * @throws RangeError when `delta` or the new value is NaN or infinite or, in an {@link IntGauge}, not a safe integer;
   * TypeError for a `delta` that is not a number, a missing or mistyped field, and an extra field when the call creates a
   * cell.
   */
  add(delta: number, ...fields: FieldArgs<F>): void;
  add(delta: number, fields?: unknown): void {
    if (this.accepts(delta)) {
      const { table } = this;
      this.addTo(table, table.obtain(fields), delta);
    }
  }

  /**
   * Looks one cell up, for hot paths that keep it.
   *
   * @throws TypeError for a missing, mistyped or extra field; RangeError for an int that is not a safe integer.
   */
  override cell(...fields: FieldArgs<F>): BoundNumberGauge;
  override cell(fields?: unknown): BoundNumberGauge {
    return new BoundNumberGauge(this, this.table, fields);
  }

  /** @internal */
  addTo(table: CellTable<number>, row: number, delta: number): void {
    // A new cell has no value yet.
    const sum = ((table.values[row] as number | undefined) ?? 0) + delta;
    if (this.accepts(sum)) {
      this.setIn(table, row, sum);
    }
  }
}

/**
 * One cell of an {@link IntGauge} or {@link FloatGauge}.
 *
 * @publicApi
 */
export class BoundNumberGauge extends BoundGauge<number> {
  /** @internal */
  constructor(
    private readonly numbers: Pick<NumberGauge<NoFields>, 'accepts' | 'setIn' | 'addTo'>,
    table: CellTable<number>,
    fields: unknown,
  ) {
    super(numbers, table, fields);
  }

  /**
   * Adds to the value, like {@link IntGauge.add}.
   *
   * @throws TypeError for a `delta` that is not a number; RangeError when `delta` or the new value is NaN or infinite or, in an
   * {@link IntGauge}, not a safe integer.
   */
  add(delta: number): void {
    if (this.numbers.accepts(delta)) {
      this.numbers.addTo(this.table, this.row(), delta);
    }
  }
}

/**
 * A whole number that rises and falls, such as the length of a queue.
 *
 * @publicApi
 */
export class IntGauge<in out F extends FieldDeclarations = NoFields> extends NumberGauge<F> {
  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/queue_length`.
   * @throws like {@link Metric}.
   */
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'IntGauge', valueType: 'int', cumulative: false }, name, options);
  }

  /** @internal */
  accepts(value: number): boolean {
    return Number.isSafeInteger(value) || this.refuseNumber('a safe integer', value);
  }
}

/**
 * A number that rises and falls, such as a load.
 *
 * @publicApi
 */
export class FloatGauge<in out F extends FieldDeclarations = NoFields> extends NumberGauge<F> {
  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/load`.
   * @throws like {@link Metric}.
   */
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'FloatGauge', valueType: 'float', cumulative: false }, name, options);
  }

  /** @internal */
  accepts(value: number): boolean {
    return Number.isFinite(value) || this.refuseNumber('finite', value);
  }
}

/**
 * A string, such as a version. It is cut to 1024 characters.
 *
 * @publicApi
 */
export class StringGauge<in out F extends FieldDeclarations = NoFields> extends Gauge<string, F> {
  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/version`.
   * @throws like {@link Metric}.
   */
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'StringGauge', valueType: 'string', cumulative: false }, name, options);
  }

  /** @internal */
  accepts(value: string): boolean {
    return typeof value === 'string' || this.refuseType('a string', value);
  }

  /** @internal */
  override setIn(table: CellTable<string>, row: number, value: string): void {
    super.setIn(table, row, truncated(value));
  }
}

/**
 * A boolean, such as whether a cache is enabled.
 *
 * @publicApi
 */
export class BoolGauge<in out F extends FieldDeclarations = NoFields> extends Gauge<boolean, F> {
  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/cache_enabled`.
   * @throws like {@link Metric}.
   */
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'BoolGauge', valueType: 'bool', cumulative: false }, name, options);
  }

  /** @internal */
  accepts(value: boolean): boolean {
    return typeof value === 'boolean' || this.refuseType('a boolean', value);
  }
}
