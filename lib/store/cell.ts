import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';

/**
 * One value that is sent: a metric, its field values and a target.
 *
 * @publicApi
 */
export interface Cell {
  /** The metric. */
  readonly metric: MetricDeclaration;
  /** The field values, in the order in which the metric declares its fields. */
  readonly fieldValues: readonly FieldValue[];
  /** The target that reports the value. */
  readonly target: Target;
  /** The start of a cumulative value, or the time when a gauge was first set. Whole microseconds since the epoch. */
  readonly resetTime: number;
  /** The value. A distribution is a copy that later recordings do not change. */
  readonly value: CellValue;
}
