import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';
import type { Exemplar } from './cell.js';

/** A cell in the store, as the application reads it. */
export interface StoredCell {
  readonly row: number;
  readonly metric: MetricDeclaration;
  readonly fieldValues: readonly FieldValue[];
  /** Undefined when this instance reports the cell. */
  readonly target: Target | undefined;
  readonly resetTime: number;
  /** The stored value itself. Later recordings change a distribution. */
  readonly value: CellValue;
  /** The exemplars of a distribution, by value. Undefined if there are none. */
  readonly exemplars: readonly Exemplar[] | undefined;
}
