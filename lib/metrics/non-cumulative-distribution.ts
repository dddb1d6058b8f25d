import {
  BoundDistribution,
  DistributionMetric,
  type DistributionOptions,
} from './distribution-metric.js';
import type { FieldArgs, FieldDeclarations, NoFields } from './fields.js';

/**
 * A histogram of the present state, such as the ages of the items in a queue.
 *
 * @publicApi
 */
export class NonCumulativeDistribution<
  in out F extends FieldDeclarations = NoFields,
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
   * Looks one cell up, for hot paths that keep it.
   *
   * @throws TypeError for a missing, mistyped or extra field; RangeError for an int that is not a safe integer.
   */
  cell(...fields: FieldArgs<F>): BoundNonCumulativeDistribution;
  cell(fields?: unknown): BoundNonCumulativeDistribution {
    return new BoundNonCumulativeDistribution(this, this.table, fields);
  }
}

/**
 * One cell of a {@link NonCumulativeDistribution}.
 *
 * @publicApi
 */
export class BoundNonCumulativeDistribution extends BoundDistribution {}
