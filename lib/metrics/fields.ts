import { shown } from '../validation/shown.js';
import { truncated } from './truncated-text.js';

/**
 * The types that a field may have. An `int` must be a safe integer. A `string` is cut to 1024 characters.
 *
 * @inline
 */
export type FieldType = 'string' | 'int' | 'bool';

/**
 * The fields of a metric: their names and types, in the order in which they are shown and sent.
 *
 * @publicApi
 */
export type FieldDeclarations = Readonly<Record<string, FieldType>>;

/**
 * The value of one field.
 *
 * @publicApi
 */
export type FieldValue = string | number | boolean;

interface ValueOfType {
  string: string;
  int: number;
  bool: boolean;
}

/**
 * An object with a value for every field of `F`: a string for `'string'`, a number for `'int'`, a boolean for `'bool'`.
 *
 * @publicApi
 */
export type FieldValues<F extends FieldDeclarations> = {
  readonly [Name in keyof F]: ValueOfType[F[Name]];
};

/**
 * The arguments after the value of a recording: an object with the fields, or nothing for a metric without fields.
 *
 * @inline
 */
export type FieldArgs<F extends FieldDeclarations> = keyof F extends never
  ? []
  : [fields: FieldValues<F>];

/**
 * The arguments of `add()` of a counter: a metric without fields may leave all out, which adds 1.
 *
 * @inline
 */
export type AddArgs<F extends FieldDeclarations> = keyof F extends never
  ? [] | [delta: number]
  : [delta: number, fields: FieldValues<F>];

/**
 * The declaration of a metric without fields.
 *
 * @publicApi
 */
export type NoFields = Record<never, never>;

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether a field may have this name. Reading a property named `__proto__` gives the prototype, not the value of a field. */
export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name) && name !== '__proto__';
}

/**
 * The declared fields of one metric. Checks values against them.
 *
 * @publicApi
 */
export class FieldSchema {
  /** Names of the fields, in declared order. */
  readonly names: readonly string[];
  /** Types of the fields, in the same order. */
  readonly types: readonly FieldType[];

  /** @internal */
  constructor(
    private readonly metricName: string,
    declarations: FieldDeclarations,
  ) {
    this.names = Object.keys(declarations);
    this.types = Object.values(declarations);
    this.names.forEach((name, i) => this.checkDeclaration(name, this.types[i]));
  }

  /**
   * Returns the values of an object, in declared order.
   *
   * @throws TypeError when a value is missing or has another type; RangeError for an int that is not a safe integer.
   * @internal
   */
  values(fields: unknown): FieldValue[] {
    if (this.names.length === 0) {
      return [];
    }
    if (typeof fields !== 'object' || fields === null) {
      throw new TypeError(
        `Metric "${this.metricName}" needs an object with its fields (${this.describe()}), got ${shown(fields)}.`,
      );
    }
    const given = fields as Readonly<Record<string, unknown>>;
    return this.names.map((name, i) => this.checkedValue(name, this.types[i]!, given[name]));
  }

  /**
   * Returns the values of an object that has some of the fields, by the index of the field.
   *
   * @throws TypeError when a property is not a field or has another type; RangeError for an int that is not a safe integer.
   * @internal
   */
  someValues(fields: unknown): ReadonlyMap<number, FieldValue> {
    if (typeof fields !== 'object' || fields === null) {
      throw new TypeError(
        `Metric "${this.metricName}" needs an object with some of its fields (${this.describe()}), got ${shown(fields)}.`,
      );
    }
    this.checkNoOthers(fields);
    const values = new Map<number, FieldValue>();
    for (const [name, value] of Object.entries(fields)) {
      const i = this.names.indexOf(name);
      values.set(i, this.checkedValue(name, this.types[i]!, value));
    }
    return values;
  }

  /**
   * @throws TypeError when the object has a property that is not a field.
   * @internal
   */
  checkNoOthers(fields: unknown): void {
    const extra = Object.keys(fields ?? {}).find(name => !this.names.includes(name));
    if (extra !== undefined) {
      throw new TypeError(
        `Metric "${this.metricName}" has no field ${shown(extra)}; it has ${this.describe()}.`,
      );
    }
  }

  /** The fields in words for messages: `status: string, retries: int`, or `no fields`. */
  describe(): string {
    return this.names.map((name, i) => `${name}: ${this.types[i]}`).join(', ') || 'no fields';
  }

  private checkDeclaration(name: string, type: unknown): void {
    if (!isFieldName(name)) {
      throw new RangeError(
        `Metric "${this.metricName}": a field name must match ${FIELD_NAME.source} and not be "__proto__", got ${shown(name)}.`,
      );
    }
    if (type !== 'string' && type !== 'int' && type !== 'bool') {
      const WrongDeclaration = typeof type === 'string' ? RangeError : TypeError;
      throw new WrongDeclaration(
        `Metric "${this.metricName}": field "${name}" must be declared as 'string', 'int' or 'bool', got ${shown(type)}.`,
      );
    }
  }

  private checkedValue(name: string, type: FieldType, value: unknown): FieldValue {
    if (type === 'string' && typeof value === 'string') {
      return truncated(value);
    }
    if (type === 'bool' && typeof value === 'boolean') {
      return value;
    }
    if (type === 'int' && typeof value === 'number') {
      if (!Number.isSafeInteger(value)) {
        throw new RangeError(
          `Metric "${this.metricName}": field "${name}" must be a safe integer, got ${value}.`,
        );
      }
      return value === 0 ? 0 : value; // -0 and 0 are one cell
    }
    throw new TypeError(
      `Metric "${this.metricName}": field "${name}" must be of type ${type}, got ${shown(value)}.`,
    );
  }
}
