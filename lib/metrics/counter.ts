import { Brand } from '../brand.js';
import { CumulativeNumber } from './cumulative-number.js';
import type { FieldDeclarations, NoFields } from './fields.js';
import type { MetricOptions } from './metric.js';

const BRAND = new Brand<Counter>('Counter');

/**
 * A whole number that only grows, such as a number of requests.
 *
 * @publicApi
 */
export class Counter<in out F extends FieldDeclarations = NoFields> extends CumulativeNumber<F> {
  static {
    BRAND.mark(this.prototype);
  }

  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/orders`.
   * @throws like {@link Metric}.
   */
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'Counter', valueType: 'int', cumulative: true }, name, options);
  }

  protected get range(): string {
    return 'a safe integer';
  }

  protected holds(value: number): boolean {
    return Number.isSafeInteger(value);
  }
}

/** Whether a value is a Counter. It may come from another copy of the package. */
export const isCounter = (value: unknown): value is Counter => BRAND.isOn(value);

/**
 * A number that only grows, such as seconds of work done.
 *
 * @publicApi
 */
export class FloatCounter<
  in out F extends FieldDeclarations = NoFields,
> extends CumulativeNumber<F> {
  /**
   * Declares the metric.
   *
   * @param name parts of letters, digits, `_` and `-`, joined by `/`: `shop/work_done`.
   * @throws like {@link Metric}.
   */
  constructor(name: string, options: MetricOptions<F> = {}) {
    super({ name: 'FloatCounter', valueType: 'float', cumulative: true }, name, options);
  }

  protected get range(): string {
    return 'finite';
  }

  protected holds(value: number): boolean {
    return Number.isFinite(value);
  }
}
