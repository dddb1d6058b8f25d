import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';

/**
 * One value as it is sent: a metric, its field values, a target.
 *
 * @publicApi
 */
export interface Cell {
  readonly metric: MetricDeclaration;
  /** In the order in which the metric declares its fields. */
  readonly fieldValues: readonly FieldValue[];
  readonly target: Target;
  /** Since when a cumulative value counts; for a gauge, when it was first set. Whole microseconds since the epoch. */
  readonly resetTime: number;
  readonly value: CellValue;
}
