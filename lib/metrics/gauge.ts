import { BoundCell } from './bound-cell.js';
import type { FieldArgs, FieldDeclarations, NoFields } from './fields.js';
import type { MetricKind } from './metric-declaration.js';
import { Metric, type MetricOptions } from './metric.js';
import type { CellSlot } from './metric-store.js';
import { wrongNumber } from './numbers.js';

type GaugeValue = number | string | boolean;

/** What is at a moment, rather than what happened since one: what the four kinds of gauges share. */
export abstract class Gauge<V extends GaugeValue, F extends FieldDeclarations> extends Metric {
  protected constructor(kind: MetricKind, name: string, options: MetricOptions<F>) {
    super(kind, name, options);
    this.registry.register(this);
  }

  /**
   * Sets the value.
   *
   * @throws TypeError for a value or field of another type, or a missing field; RangeError for a number that
   * is NaN, infinite or, where whole numbers are kept, no safe integer.
   */
  set(value: V, ...fields: FieldArgs<F>): void;
  set(value: V, fields?: unknown): void {
    this.checkValue(value);
    this.table.obtain(fields).value = value;
  }

  /** The value; undefined where nothing was recorded. Throws TypeError for missing or mistyped fields. */
  get(...fields: FieldArgs<F>): V | undefined;
  get(fields?: unknown): V | undefined {
    return this.table.find(fields)?.value as V | undefined;
  }

  /** Removes a cell, so that it is no longer sent. */
  delete(...fields: FieldArgs<F>): void;
  delete(fields?: unknown): void {
    this.table.delete(fields);
  }

  /** One cell, looked up once, for hot paths. */
  cell(...fields: FieldArgs<F>): BoundGauge<V>;
  cell(fields?: unknown): BoundGauge<V> {
    return new BoundGauge(this.table.slot(fields), this);
  }

  initialValue(): undefined {
    return undefined;
  }

  /** @internal */
  abstract checkValue(value: V): void;
}

/**
 * One cell of a gauge.
 *
 * @publicApi
 */
export class BoundGauge<V extends GaugeValue> extends BoundCell<V> {
  constructor(
    slot: CellSlot,
    private readonly metric: { checkValue(value: V): void },
  ) {
    super(slot);
  }

  /** As {@link IntGauge.set}. */
  set(value: V): void {
    this.metric.checkValue(value);
    this.obtain().value = value;
  }
}

/**
 * A whole number that rises and falls, such as the length of a queue.
 *
 * @publicApi
 */
export class IntGauge<F extends FieldDeclarations = NoFields> extends Gauge<number, F> {
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'IntGauge', valueType: 'int', cumulative: false }, name, options);
  }

  checkValue(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw wrongNumber(`A value of metric "${this.name}"`, 'a safe integer', value);
    }
  }
}

/**
 * A number that rises and falls, such as a load.
 *
 * @publicApi
 */
export class FloatGauge<F extends FieldDeclarations = NoFields> extends Gauge<number, F> {
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'FloatGauge', valueType: 'float', cumulative: false }, name, options);
  }

  checkValue(value: number): void {
    if (!Number.isFinite(value)) {
      throw wrongNumber(`A value of metric "${this.name}"`, 'finite', value);
    }
  }
}

/**
 * A string, such as a version.
 *
 * @publicApi
 */
export class StringGauge<F extends FieldDeclarations = NoFields> extends Gauge<string, F> {
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'StringGauge', valueType: 'string', cumulative: false }, name, options);
  }

  checkValue(value: string): void {
    if (typeof value !== 'string') {
      throw new TypeError(
        `A value of metric "${this.name}" must be a string, not ${typeof value}.`,
      );
    }
  }
}

/**
 * A boolean, such as whether a cache is enabled.
 *
 * @publicApi
 */
export class BoolGauge<F extends FieldDeclarations = NoFields> extends Gauge<boolean, F> {
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'BoolGauge', valueType: 'bool', cumulative: false }, name, options);
  }

  checkValue(value: boolean): void {
    if (typeof value !== 'boolean') {
      throw new TypeError(
        `A value of metric "${this.name}" must be a boolean, not ${typeof value}.`,
      );
    }
  }
}
