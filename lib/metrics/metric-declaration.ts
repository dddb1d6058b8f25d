import type { Distribution } from './distribution.js';
import type { FieldSchema } from './fields.js';
import type { Units } from './units.js';

/**
 * The type of the values of a metric.
 *
 * @publicApi
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
 * @publicApi
 */
export interface MetricKind {
  /** The name of the class that declares such metrics. */
  readonly name: string;
  /** The type of its values. */
  readonly valueType: ValueType;
  /** True when a value says what happened since a start time, false when it says what is at a moment. */
  readonly cumulative: boolean;
}

/**
 * What a metric says of itself.
 *
 * @publicApi
 */
export interface MetricDeclaration {
  /** As it was declared: `shop/orders`. Monitors may put a prefix before it. */
  readonly name: string;
  /** What the metric says; the empty string where nothing was given. */
  readonly description: string;
  /** Which of the eight kinds it is. */
  readonly kind: MetricKind;
  /** Names and types of its fields, in the order of {@link Cell.fieldValues}. */
  readonly fields: FieldSchema;
  /** Unit of its values; the empty string where none was given. */
  readonly units: Units;
  /** The value that a cell has before its first recording; gauges have none. */
  initialValue(): CellValue | undefined;
  /** The whole declaration in one line, for messages. Two that agree are one metric. */
  describe(): string;
}
