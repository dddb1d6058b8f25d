import { Brand } from '../brand.js';
import { systemClock } from '../clock/clock.js';
import type { TraceSpan } from '../trace-context.js';
import { shown } from '../validation/shown.js';
import { callThen } from './call-then.js';
import {
  BoundDistribution,
  DistributionMetric,
  type DistributionOptions,
} from './distribution-metric.js';
import { fallOf, type Distribution } from './distribution.js';
import type { FieldArgs, FieldDeclarations, FieldValues, NoFields } from './fields.js';
import type { CellTable } from './metric-store.js';
import { wrongNumber } from './numbers.js';
import { durationIn, isTime } from './units.js';

/**
 * Ends a timer. It takes the fields that the start of the timer was not given, and may replace the others.
 *
 * @inline
 */
type EndTimer<F extends FieldDeclarations, Known extends keyof F> = (
  ...rest: keyof F extends never
    ? []
    : [Exclude<keyof F, Known>] extends [never]
      ? [changed?: Partial<FieldValues<F>>]
      : [rest: Omit<FieldValues<F>, Known> & Partial<FieldValues<F>>]
) => number;

const BRAND = new Brand<CumulativeDistribution>('CumulativeDistribution');

/**
 * A histogram of all samples since a start time, such as durations or sizes.
 *
 * @publicApi
 */
export class CumulativeDistribution<
  in out F extends FieldDeclarations = NoFields,
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
    if (this.accepts(sample)) {
      const { table } = this;
      this.addTo(table, table.obtain(fields), sample);
    }
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
    if (!distribution.accepts(sample)) {
      this.handleMistake(distribution.refusal(sample));
    } else if (table.recording === true) {
      distribution.addAccepted(sample);
    }
  }

  /**
   * Adds a sample, and keeps it as an exemplar of the span, if it is the largest one of its bucket.
   *
   * @internal
   */
  addInSpan(sample: number, span: TraceSpan | undefined, fields: unknown): void {
    if (this.accepts(sample)) {
      const { table } = this;
      this.addInSpanTo(table, table.obtain(fields), sample, span);
    }
  }

  /** @internal */
  addInSpanTo(
    table: CellTable<Distribution>,
    row: number,
    sample: number,
    span: TraceSpan | undefined,
  ): void {
    this.addTo(table, row, sample);
    if (span !== undefined && table.recording) {
      table.offerExemplar(row, this.bucketer.bucketOf(sample), sample, span);
    }
  }

  /**
   * Starts to measure a duration, and returns a function that adds it as a sample, in the unit of the metric.
   *
   * @param known the fields that are known already. The returned function takes the others, and may change these.
   * @returns a function that adds the duration and returns it. Each call of it adds a sample.
   * @throws RangeError when the metric has no unit of time. TypeError for a mistyped field, and for one that the metric does
   * not have. The returned function throws like {@link add}.
   */
  startTimer<K extends keyof F = never>(known?: Pick<FieldValues<F>, K>): EndTimer<F, K>;
  startTimer(known: object = {}): (rest?: object) => number {
    const isRight = this.accepted(() => {
      this.checkTimes('startTimer');
      this.fields.someValues(known);
    });
    if (!isRight) {
      return () => 0;
    }
    const fields = { ...known };
    const start = systemClock.monotonicNow();
    return rest => {
      const duration = this.durationSince(start);
      const { table } = this;
      this.addTo(table, table.obtain({ ...fields, ...rest }), duration);
      return duration;
    };
  }

  /**
   * Calls a function and adds the time that it took, in the unit of the metric: until it returns or throws, or until
   * the promise that it returns settles. `await payments.time({ method: 'card' }, () => pay(order))`
   *
   * @param args the fields, if the metric has any, and the function.
   * @returns what the function returns; for a promise an equivalent one.
   * @throws what the function throws. RangeError when the metric has no unit of time; TypeError for a missing, mistyped or
   * extra field, and when the last argument is not a function. The function is then not called.
   */
  time<R>(...args: [...fields: FieldArgs<F>, fn: () => R]): R;
  time(...args: unknown[]): unknown {
    const fn = args.pop();
    if (typeof fn !== 'function') {
      this.handleMistake(
        new TypeError(`Metric "${this.name}": time() needs a function, got ${shown(fn)}.`),
      );
      return undefined;
    }
    if (!this.accepted(() => this.checkTimes('time'))) {
      return (fn as () => unknown)();
    }
    const cell = new BoundCumulativeDistribution(this, this.table, args[0]);
    const start = systemClock.monotonicNow();
    return callThen(fn as () => unknown, () => cell.add(this.durationSince(start)));
  }

  /** @internal */
  override setIn(table: CellTable<Distribution>, row: number, distribution: Distribution): void {
    const fall = fallOf(table.values[row]!, distribution);
    if (fall !== undefined) {
      this.handleMistake(new RangeError(`Metric "${this.name}" only grows: ${fall}.`));
    } else {
      super.setIn(table, row, distribution);
    }
  }

  protected override checkDistribution(distribution: Distribution): void {
    super.checkDistribution(distribution);
    if (distribution.sum < 0) {
      throw new RangeError(
        `The sum of a value of metric "${this.name}" must be at least 0, got ${distribution.sum}.`,
      );
    }
  }

  private checkTimes(method: string): void {
    if (!isTime(this.units)) {
      throw new RangeError(
        `Metric "${this.name}": ${method}() needs a unit of time, such as Units.Milliseconds, but units is "${this.units}".`,
      );
    }
  }

  private durationSince(start: number): number {
    return durationIn(this.units, systemClock.monotonicNow() - start);
  }

  /** @internal */
  accepts(sample: number): boolean {
    return (Number.isFinite(sample) && sample >= 0) || this.refuse(sample);
  }

  // A method of its own, so that recording stays small enough to be inlined into its callers.
  private refuse(sample: number): false {
    const range = Number.isFinite(sample) ? 'at least 0' : 'finite';
    return this.handleMistake(wrongNumber(`A sample of metric "${this.name}"`, range, sample));
  }
}

/** Whether a value is a CumulativeDistribution. It may come from another copy of the package. */
export const isCumulativeDistribution = (value: unknown): value is CumulativeDistribution =>
  BRAND.isOn(value);

/**
 * One cell of a {@link CumulativeDistribution}.
 *
 * @publicApi
 */
export class BoundCumulativeDistribution extends BoundDistribution {
  /** @internal */
  constructor(
    private readonly metric: Pick<
      CumulativeDistribution,
      'accepts' | 'addTo' | 'addInSpanTo' | 'acceptsDistribution' | 'setIn'
    >,
    table: CellTable<Distribution>,
    fields: unknown,
  ) {
    super(metric, table, fields);
  }

  /**
   * Adds a sample, like {@link CumulativeDistribution.add}.
   *
   * @throws RangeError when the sample is negative, NaN or infinite.
   */
  add(sample: number): void {
    if (this.metric.accepts(sample)) {
      this.metric.addTo(this.table, this.row(), sample);
    }
  }

  /**
   * Adds a sample, and keeps it as an exemplar of the span, if it is the largest one of its bucket.
   *
   * @internal
   */
  addInSpan(sample: number, span: TraceSpan | undefined): void {
    if (this.metric.accepts(sample)) {
      this.metric.addInSpanTo(this.table, this.row(), sample, span);
    }
  }
}
