import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';

/** A cell in the store, as the application reads it. */
export interface StoredCell {
  readonly metric: MetricDeclaration;
  readonly fieldValues: readonly FieldValue[];
  /** Undefined where it reports this instance. */
  readonly target: Target | undefined;
  readonly resetTime: number;
  /** The very value: a distribution goes on changing. */
  readonly value: CellValue;
}
