import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';

/**
 * One sample of a distribution, and the trace that it belongs to.
 *
 * @publicApi
 */
export interface Exemplar {
  /** The sample, in the unit of the metric. */
  readonly value: number;
  /** When it was recorded, in whole microseconds since the epoch. */
  readonly timestamp: number;
  /** The id of the trace: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The id of the span: 16 hexadecimal digits. */
  readonly spanId: string;
}

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
  /** Samples of a distribution with their traces, by value: at most one of each bucket. Undefined if there are none. */
  readonly exemplars?: readonly Exemplar[] | undefined;
}
