import { wellFormed } from '../well-formed.js';

/** A string, integer or boolean in a message. Exactly one member is present. */
export type ScalarValue =
  | { readonly stringValue: string }
  | { readonly int64Value: number }
  | { readonly boolValue: boolean };

/** @param value a number must be a safe integer. */
export function scalarValue(value: string | number | boolean): ScalarValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: wellFormed(value) };
    case 'number':
      return { int64Value: value };
    case 'boolean':
      return { boolValue: value };
  }
}
