import type { Distribution } from './distribution.js';
import type { FieldSchema } from './fields.js';
import type { MetricOrigin } from './metric-origin.js';
import type { Units } from './units.js';

/**
 * The type of a metric's values.
 *
 * @inline
 */
export type ValueType = 'int' | 'float' | 'string' | 'bool' | 'distribution';

/**
 * The value of a cell.
 *
 * @publicApi
 */
export type CellValue = number | string | boolean | Distribution;

/**
 * One of the eight kinds of metrics.
 *
 * @inline
 */
export interface MetricKind {
  /** The name of the class that declares metrics of this kind. */
  readonly name: string;
  /** The type of the values. */
  readonly valueType: ValueType;
  /** True if a value sums up what happened since a start time; false if it describes the present. */
  readonly cumulative: boolean;
}

/**
 * The declaration of a metric.
 *
 * @publicApi
 */
export interface MetricDeclaration {
  /** The declared name: `shop/orders`. A monitor may put a prefix before it. */
  readonly name: string;
  /** What the metric means; the empty string if nothing was given. */
  readonly description: string;
  /** One of the eight kinds. */
  readonly kind: MetricKind;
  /** Names and types of the fields, in the order of {@link Cell.fieldValues}. */
  readonly fields: FieldSchema;
  /** Unit of the values; the empty string if none was given. */
  readonly units: Units;
  /** What another library calls the metric. Undefined for a metric that was declared here. */
  readonly origin?: MetricOrigin | undefined;
  /** The value of a cell before its first recording; undefined for gauges. */
  initialValue(): CellValue | undefined;
  /** The whole declaration in one line, for messages. Two declarations with the same line are one metric. */
  describe(): string;
}
