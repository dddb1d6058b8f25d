import { isDistribution } from '../metrics/distribution.js';
import type { FieldType } from '../metrics/fields.js';
import type { ValueType } from '../metrics/metric-declaration.js';
import type { Cell } from './cell.js';

type ByType<T extends string> = Record<T, (value: unknown) => boolean>;

const IS_OF_FIELD_TYPE: ByType<FieldType> = {
  int: Number.isSafeInteger,
  string: value => typeof value === 'string',
  bool: value => typeof value === 'boolean',
};

const IS_OF_VALUE_TYPE: ByType<ValueType> = {
  ...IS_OF_FIELD_TYPE,
  float: Number.isFinite,
  distribution: isDistribution,
};

/**
 * Checks the parts of a cell against the declaration of its metric. The cells of the store pass; cells that a user hands to a
 * monitor may not.
 *
 * @throws TypeError that says what is wrong.
 */
export function checkCell(cell: Cell): void {
  const { metric, resetTime, value } = cell;
  if (!IS_OF_VALUE_TYPE[metric.kind.valueType](value)) {
    throw new TypeError(
      `${metric.kind.name} "${metric.name}" has a value of type ${typeof value} that it cannot have: ${String(value)}`,
    );
  }
  checkFieldValues(cell);
  if (!Number.isSafeInteger(resetTime)) {
    throw new TypeError(
      `A cell of metric "${metric.name}" starts at ${String(resetTime)}, which is not a whole number of microseconds`,
    );
  }
}

function checkFieldValues({ metric: { name, fields }, fieldValues }: Cell): void {
  const { names, types } = fields;
  if (fieldValues.length !== types.length) {
    throw new TypeError(
      `Metric "${name}" has ${fields.describe()}, but its cell has ${fieldValues.length} field values`,
    );
  }
  for (let i = 0; i < types.length; i++) {
    const value = fieldValues[i];
    if (!IS_OF_FIELD_TYPE[types[i]!](value)) {
      throw new TypeError(
        `Field "${names[i]}" of metric "${name}" is of type ${types[i]}, but its cell has ${String(value)} (${typeof value})`,
      );
    }
  }
}
