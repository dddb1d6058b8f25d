import { truncated } from './truncated-text.js';

/**
 * The types that a field may have. An `int` is a safe integer. Of a `string` the first 1024 characters are kept.
 *
 * @publicApi
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
 * An object with a value for every field of `F`: a string where it is declared as `'string'`, a number for `'int'`, a
 * boolean for `'bool'`.
 *
 * @publicApi
 */
export type FieldValues<F extends FieldDeclarations> = {
  readonly [Name in keyof F]: ValueOfType[F[Name]];
};

/**
 * What follows the value when a metric is recorded: nothing where it has no fields.
 *
 * @publicApi
 */
export type FieldArgs<F extends FieldDeclarations> = keyof F extends never
  ? []
  : [fields: FieldValues<F>];

/**
 * The declaration of a metric without fields.
 *
 * @publicApi
 */
export type NoFields = Record<never, never>;

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LONGEST_SHOWN_VALUE = 100;

/**
 * The declared fields of one metric, and the check of values against them.
 *
 * @publicApi
 */
export class FieldSchema {
  /** Their names, in declared order. */
  readonly names: readonly string[];
  /** Their types, in the same order. */
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
   * The values of an object, in declared order.
   *
   * @throws TypeError when one is missing or of another type, RangeError for an int that is not a safe integer.
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
   * @throws TypeError when the object has a property that is no field.
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

  /** For messages: `status: string, retries: int`, or `no fields`. */
  describe(): string {
    return this.names.map((name, i) => `${name}: ${this.types[i]}`).join(', ') || 'no fields';
  }

  private checkDeclaration(name: string, type: unknown): void {
    // An own property of that name cannot be told from the prototype when it is read.
    if (!FIELD_NAME.test(name) || name === '__proto__') {
      throw new RangeError(
        `Metric "${this.metricName}": invalid field name ${shown(name)}; it must match ${FIELD_NAME.source}, and not be "__proto__".`,
      );
    }
    if (type !== 'string' && type !== 'int' && type !== 'bool') {
      throw new TypeError(
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

function shown(value: unknown): string {
  if (value === undefined || value === null) {
    return String(value);
  }
  if (typeof value === 'object' || typeof value === 'function') {
    return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  }
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  const cut = text.length > LONGEST_SHOWN_VALUE ? `${text.slice(0, LONGEST_SHOWN_VALUE)}…` : text;
  return `${cut} (${typeof value})`;
}
