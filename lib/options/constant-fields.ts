import { isFieldName, type FieldValue } from '../metrics/fields.js';
import { truncated } from '../metrics/truncated-text.js';
import type { ConstantFields } from '../store/sent-metric.js';
import { outOfRange, pathOf, wrongType } from '../validation/option-errors.js';
import { isObject, type Schema } from '../validation/schema.js';

const WANTED_VALUE = 'a string of at most 1024 characters, a safe integer or a boolean';

/** The rules of the option `constantFields`. */
export const constantFields: Schema<ConstantFields> = {
  wanted: 'an object with the values of fields, whose names are letters, digits and "_"',
  check(given = {}, path) {
    if (!isObject(given)) {
      throw wrongType(path, this.wanted, given);
    }
    const fields = Object.entries(given).filter(([, value]) => value !== undefined);
    const wrongName = fields.map(([name]) => name).find(name => !isFieldName(name));
    if (wrongName !== undefined) {
      throw outOfRange(path, this.wanted, wrongName);
    }
    return Object.fromEntries(
      fields.map(([name, value]) => [name, checkedValue(value, pathOf(path, name))]),
    );
  },
};

function checkedValue(value: unknown, path: string): FieldValue {
  if (typeof value === 'boolean') {
    return value;
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw wrongType(path, WANTED_VALUE, value);
  }
  const isAllowed =
    typeof value === 'string' ? truncated(value) === value : Number.isSafeInteger(value);
  if (!isAllowed) {
    throw outOfRange(path, WANTED_VALUE, value);
  }
  return value === 0 ? 0 : value; // -0 and 0 are one series
}
