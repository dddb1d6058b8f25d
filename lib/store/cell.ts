import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';

/**
 * One value as it is sent: a metric, its field values, a target.
 *
 * @publicApi
 */
export interface Cell {
  /** The metric that it is a value of. */
  readonly metric: MetricDeclaration;
  /** In the order in which the metric declares its fields. */
  readonly fieldValues: readonly FieldValue[];
  /** What reports it. */
  readonly target: Target;
  /** Since when a cumulative value counts; for a gauge, when it was first set. Whole microseconds since the epoch. */
  readonly resetTime: number;
  /** The value. A distribution is a copy that later recordings do not change. */
  readonly value: CellValue;
}
