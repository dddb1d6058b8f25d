import { wellFormed } from '../well-formed.js';

/** A string, integer or boolean in a message. The member that is there says which. */
export type ScalarValue =
  | { readonly stringValue: string }
  | { readonly int64Value: number }
  | { readonly boolValue: boolean };

/** @param value a number is a safe integer. */
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
