import { FieldSchema, type FieldType, type FieldValue } from '../metrics/fields.js';
import type { AttributeValue } from '../metrics/metric-origin.js';
import { fieldName } from './shown-name.js';

type Attributes = Readonly<Record<string, AttributeValue>>;
type AttributeType = 'string' | 'int' | 'bool' | 'float' | 'array';

/** Fields have fewer types than attributes. The other values become strings. */
const FIELD_TYPES: Readonly<Record<AttributeType, FieldType>> = {
  string: 'string',
  int: 'int',
  bool: 'bool',
  float: 'string',
  array: 'string',
};

interface Attribute {
  readonly key: string;
  readonly type: AttributeType;
}

/** The names and types of the attributes of a point. Points with the same set have the same fields. */
export class AttributeSet {
  readonly schema: FieldSchema;
  private readonly attributes: readonly Attribute[];
  /** Whether the attributes are valid as fields, unchanged. */
  private readonly areFields: boolean;

  /** @param metricName the name of the metric in messages. */
  constructor(metricName: string, given: Attributes) {
    this.attributes = attributesOf(given);
    const names = new Set<string>();
    this.attributes.forEach(({ key }) => names.add(fieldName(key, names)));
    const types = this.attributes.map(({ type }) => FIELD_TYPES[type]);
    const declarations = [...names].map((name, i) => [name, types[i]!] as const);
    this.schema = new FieldSchema(metricName, Object.fromEntries(declarations));
    this.areFields =
      Object.keys(given).length === this.attributes.length &&
      this.attributes.every(
        ({ key, type }) => names.has(key) && type !== 'float' && type !== 'array',
      );
  }

  /** Returns the attributes of a point with this set as an object of fields. */
  fieldsOf(given: Attributes): Readonly<Record<string, AttributeValue>> {
    // One that is undefined is no attribute, and would be refused as a field.
    if (this.areFields && Object.keys(given).length === this.attributes.length) {
      return given;
    }
    const { names } = this.schema;
    return Object.fromEntries(
      this.attributes.map(({ key, type }, i) => [names[i]!, fieldValue(type, given[key]!)]),
    );
  }

  /** Returns the attributes that {@link fieldsOf} has made field values of. */
  attributesOf(values: readonly FieldValue[]): Record<string, AttributeValue> {
    return Object.fromEntries(
      this.attributes.map(({ key, type }, i) => [key, attributeValue(type, values[i]!)]),
    );
  }
}

/** A text that is the same for all points whose attributes have the same names, types and order. */
export function signatureOf(given: Attributes): string {
  let signature = '';
  for (const key of Object.keys(given)) {
    signature += `${key}\0${typeOf(given[key])}\0`;
  }
  return signature;
}

/** Recognises attributes that have the same {@link signatureOf} as others, without making a text. */
export class SignatureMatcher {
  private readonly keys: readonly string[];
  private readonly types: readonly (AttributeType | undefined)[];

  constructor(given: Attributes) {
    this.keys = Object.keys(given);
    this.types = this.keys.map(key => typeOf(given[key]));
  }

  matches(given: Attributes): boolean {
    const keys = Object.keys(given);
    if (keys.length !== this.keys.length) {
      return false;
    }
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      if (key !== this.keys[i] || typeOf(given[key]) !== this.types[i]) {
        return false;
      }
    }
    return true;
  }
}

/** The signature that the same attributes have in any order. */
export function sortedSignatureOf(given: Attributes): string {
  return attributesOf(given)
    .map(({ key, type }) => `${key}\0${type}\0`)
    .join('');
}

function attributesOf(given: Attributes): Attribute[] {
  return Object.keys(given)
    .sort()
    .flatMap(key => {
      const type = typeOf(given[key]);
      return type === undefined ? [] : [{ key, type }];
    });
}

/** Undefined for a value that an attribute cannot have. It is left out. */
function typeOf(value: unknown): AttributeType | undefined {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isSafeInteger(value) ? 'int' : 'float';
    default:
      return Array.isArray(value) ? 'array' : undefined;
  }
}

function fieldValue(type: AttributeType, value: AttributeValue): AttributeValue {
  return type === 'array' ? JSON.stringify(value) : type === 'float' ? String(value) : value;
}

function attributeValue(type: AttributeType, value: FieldValue): AttributeValue {
  switch (type) {
    case 'float':
      return Number(value);
    case 'array':
      return parsedArray(String(value));
    default:
      return value;
  }
}

/** A long text was cut, and is no JSON any more. */
function parsedArray(text: string): AttributeValue {
  try {
    return JSON.parse(text) as readonly string[];
  } catch {
    return text;
  }
}
