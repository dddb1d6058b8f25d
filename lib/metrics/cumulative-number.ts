import { BoundCell } from './bound-cell.js';
import type { FieldArgs, FieldDeclarations, NoFields } from './fields.js';
import type { MetricKind } from './metric-declaration.js';
import { Metric, type MetricOptions } from './metric.js';
import type { CellSlot, RecordingCell } from './metric-store.js';

/** Sums: what {@link Counter} and {@link FloatCounter} share. */
export abstract class CumulativeNumber<F extends FieldDeclarations = NoFields> extends Metric {
  protected constructor(kind: MetricKind, name: string, options: MetricOptions<F>) {
    super(kind, name, options);
    this.registry.register(this);
  }

  /**
   * Adds to the sum.
   *
   * @throws RangeError when `delta` is negative, NaN or infinite, or the sum would leave the range of its type;
   * TypeError for missing or mistyped fields.
   */
  add(delta: number, ...fields: FieldArgs<F>): void;
  add(delta: number, fields?: unknown): void {
    this.checkNotNegative(delta);
    this.addTo(this.table.obtain(fields), delta);
  }

  /**
   * Sets the sum, for one that is counted elsewhere. It may only grow.
   *
   * @throws RangeError when `value` is lower than the present one, negative, NaN or infinite; TypeError for
   * missing or mistyped fields.
   */
  set(value: number, ...fields: FieldArgs<F>): void;
  set(value: number, fields?: unknown): void {
    this.checkNotNegative(value);
    this.setIn(this.table.obtain(fields), value);
  }

  /** The sum; undefined where nothing was recorded. Throws TypeError for missing or mistyped fields. */
  get(...fields: FieldArgs<F>): number | undefined;
  get(fields?: unknown): number | undefined {
    return this.table.find(fields)?.value as number | undefined;
  }

  /** Removes a cell. The next recording makes another, with a new start time. */
  delete(...fields: FieldArgs<F>): void;
  delete(fields?: unknown): void {
    this.table.delete(fields);
  }

  /** One cell, looked up once, for hot paths. */
  cell(...fields: FieldArgs<F>): BoundCounter;
  cell(fields?: unknown): BoundCounter {
    return new BoundCounter(this.table.slot(fields), this);
  }

  initialValue(): number {
    return 0;
  }

  /** @internal */
  checkNotNegative(value: number): void {
    this.checkNumber(value);
    if (value < 0) {
      throw new RangeError(`Metric "${this.name}" is a sum and never falls: it takes no ${value}.`);
    }
  }

  /** @internal */
  addTo(cell: RecordingCell, delta: number): void {
    const sum = (cell.value as number) + delta;
    this.checkNumber(sum);
    cell.value = sum;
  }

  /** @internal */
  setIn(cell: RecordingCell, value: number): void {
    if (value < (cell.value as number)) {
      throw new RangeError(
        `Metric "${this.name}" is a sum and never falls: it is ${String(cell.value)} and can not be set to ${value}.`,
      );
    }
    cell.value = value;
  }

  /** Throws unless the metric can hold the number. */
  protected abstract checkNumber(value: number): void;
}

/**
 * One cell of a {@link Counter} or {@link FloatCounter}.
 *
 * @publicApi
 */
export class BoundCounter extends BoundCell<number> {
  constructor(
    slot: CellSlot,
    private readonly metric: Pick<CumulativeNumber, 'checkNotNegative' | 'addTo' | 'setIn'>,
  ) {
    super(slot);
  }

  /** As {@link Counter.add}. */
  add(delta: number): void {
    this.metric.checkNotNegative(delta);
    this.metric.addTo(this.obtain(), delta);
  }

  /** As {@link Counter.set}. */
  set(value: number): void {
    this.metric.checkNotNegative(value);
    this.metric.setIn(this.obtain(), value);
  }
}
