import { isDistribution } from '../../metrics/distribution.js';
import type { FieldType, FieldValue } from '../../metrics/fields.js';
import type { CellValue, ValueType } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';

/** @throws TypeError when the cell cannot be written. */
export function checkCell({ metric, fieldValues, resetTime, value }: Cell): void {
  const { kind, fields, name } = metric;
  if (!isOfValueType(value, kind.valueType)) {
    throw new TypeError(
      `${kind.name} "${name}" has a value of type ${typeof value} that it cannot have: ${String(value)}`,
    );
  }
  if (fieldValues.length !== fields.types.length) {
    throw new TypeError(
      `Metric "${name}" has ${fields.describe()}, but its cell has ${fieldValues.length} field values`,
    );
  }
  for (let i = 0; i < fieldValues.length; i++) {
    if (!isOfFieldType(fieldValues[i]!, fields.types[i]!)) {
      throw new TypeError(
        `Field "${fields.names[i]}" of metric "${name}" is of type ${fields.types[i]}, but its cell has ${String(fieldValues[i])} (${typeof fieldValues[i]})`,
      );
    }
  }
  if (!Number.isSafeInteger(resetTime)) {
    throw new TypeError(
      `A cell of metric "${name}" starts at ${String(resetTime)}, which is not a whole number of microseconds`,
    );
  }
}

function isOfValueType(value: CellValue, type: ValueType): boolean {
  switch (type) {
    case 'int':
      return Number.isSafeInteger(value);
    case 'float':
      return Number.isFinite(value);
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'distribution':
      return isDistribution(value);
  }
}

function isOfFieldType(value: FieldValue, type: FieldType): boolean {
  switch (type) {
    case 'int':
      return Number.isSafeInteger(value);
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
  }
}
