import { outOfRange, pathOf, unknownOption, wrongSecret, wrongType } from './option-errors.js';

// The schema of options: the allowed values of each option, and its default. A part of the library declares
//
//   const flushOptions = object({
//     intervalSec: number({ min: 1, max: 86_400, default: 60 }),
//     mode: optional(oneOf(['request', 'background'])),
//   });
//
// and `flushOptions.check(given, 'flush')` returns the settings: the options, checked, with their defaults. Undefined is
// the same as left out. An option without a default must be given, unless it is optional().

/** The rule for one option. */
export interface Schema<S> {
  /** The text after "must be" in messages: `an integer from 1 to 100`. */
  readonly wanted: string;
  /**
   * Checks a given value and returns the setting.
   *
   * @param path names the option in messages: `monitor[1].cloudMonitoring.projectId`.
   * @throws TypeError for a wrong type, RangeError for a value that is not allowed.
   */
  check(given: unknown, path: string): S;
}

/** The rules for a group of options. */
export interface GroupSchema<S> extends Schema<S> {
  /** The rules of the group, by the names of the options. */
  readonly options: Shape<S>;
}

type Shape<S> = { readonly [Name in keyof S]: Schema<S[Name]> };

/**
 * A group of options. The group itself may always be left out.
 *
 * @param checkTogether checks options that depend on each other.
 */
export function object<S extends object>(
  options: Shape<S>,
  checkTogether: (settings: S, path: string) => void = () => {},
): GroupSchema<S> {
  const names = Object.keys(options) as (keyof S & string)[];
  const wanted = 'an object';
  return {
    wanted,
    options,
    check(given = {}, path) {
      if (!isObject(given)) {
        throw wrongType(path, wanted, given);
      }
      const unknown = Object.keys(given).find(name => !(names as string[]).includes(name));
      if (unknown !== undefined) {
        throw unknownOption(path, unknown, names);
      }
      const settings = Object.fromEntries(
        names.map(name => [name, options[name].check(given[name], pathOf(path, name))]),
      ) as S;
      checkTogether(settings, path);
      return settings;
    },
  };
}

/** A list. */
export function array<S>(
  item: Schema<S>,
  { wanted, minLength = 0, default: ifLeftOut }: ArrayRules<S>,
): Schema<readonly S[]> {
  return {
    wanted,
    check(given = ifLeftOut, path) {
      if (!Array.isArray(given)) {
        throw wrongType(path, wanted, given);
      }
      if (given.length < minLength) {
        throw outOfRange(path, wanted, given);
      }
      return Array.from(given, (each, i) => item.check(each, `${path}[${i}]`));
    },
  };
}

interface ArrayRules<S> {
  readonly wanted: string;
  readonly minLength?: number;
  readonly default?: readonly S[];
}

/** The same rule for an option that may be left out and has no default. */
export function optional<S>(schema: Schema<S>): Schema<S | undefined> {
  return {
    ...schema,
    check: (given, path) => (given === undefined ? undefined : schema.check(given, path)),
  };
}

/** True or false. */
export function boolean(rules: Default<boolean> = {}): Schema<boolean> {
  const isBoolean = (given: unknown): given is boolean => typeof given === 'boolean';
  return custom({ wanted: 'true or false', isType: isBoolean, ...rules });
}

/** A number. */
export function number(rules: NumberRules): Schema<number> {
  return numeric('a number', rules, () => true);
}

/** A whole number. */
export function integer(rules: NumberRules): Schema<number> {
  return numeric('an integer', rules, Number.isSafeInteger);
}

interface NumberRules extends Default<number> {
  readonly min: number;
  readonly max?: number;
  /** The reason for the bounds. It follows "an integer from 1 to 100, " in messages. */
  readonly reason?: string;
}

function numeric(
  kind: string,
  { min, max = Infinity, reason, default: ifLeftOut }: NumberRules,
  isOfKind: (given: number) => boolean,
): Schema<number> {
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return custom({
    wanted: [`${kind} ${range}`, ...(reason === undefined ? [] : [reason])].join(', '),
    isType: given => typeof given === 'number',
    isAllowed: given => given >= min && given <= max && isOfKind(given),
    default: ifLeftOut,
  });
}

/** A string. It must not be empty unless the rule says otherwise. */
export function string(rules: StringRules = {}): Schema<string> {
  return custom({
    wanted: 'a string that is not empty',
    wantedType: ['a string', ...(rules.wanted === undefined ? [] : [rules.wanted])].join(', '),
    isType: given => typeof given === 'string',
    isAllowed: given => given !== '',
    ...rules,
  });
}

interface StringRules extends Default<string> {
  /** Which strings are allowed, for messages: `an email address`. */
  readonly wanted?: string;
  readonly isAllowed?: (given: string) => boolean;
}

/** One of several words. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  rules: Default<Word> & { readonly wanted?: string } = {},
): Schema<Word> {
  return custom({
    wanted: wordList(words),
    isType: (given): given is Word => typeof given === 'string',
    isAllowed: given => words.includes(given),
    ...rules,
  });
}

/** `'request', 'background' or 'both'`. */
function wordList(words: readonly string[]): string {
  const quoted = words.map(word => `'${word}'`);
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** A function. Its arguments and result are not checked here. */
export function callable<F extends (...args: never[]) => unknown>(
  rules: Default<F> & { readonly wanted: string },
): Schema<F> {
  return custom({ isType: (given): given is F => isFunction(given), ...rules });
}

/** Any other value. */
export function custom<S>({
  wanted,
  wantedType = wanted,
  isType,
  isAllowed = () => true,
  isSecret = false,
  default: ifLeftOut,
}: CustomRules<S>): Schema<S> {
  return {
    wanted,
    check(given = ifLeftOut, path) {
      if (!holds(isType, given)) {
        throw isSecret ? wrongSecret(path, wanted) : wrongType(path, wantedType, given);
      }
      if (!isAllowed(given)) {
        throw outOfRange(path, wanted, given);
      }
      return given;
    },
  };
}

interface CustomRules<S> extends Default<S> {
  readonly wanted: string;
  /** The text that messages about a wrong type use instead. */
  readonly wantedType?: string;
  readonly isType: (given: unknown) => given is S;
  readonly isAllowed?: (given: S) => boolean;
  /** Whether messages must not show the value. */
  readonly isSecret?: boolean;
}

/** Whether a value has the wanted type. A value that throws when it is read, such as a revoked proxy, has not. */
function holds<S>(isType: (given: unknown) => given is S, given: unknown): given is S {
  try {
    return isType(given);
  } catch {
    return false;
  }
}

interface Default<S> {
  /** The setting when the option is left out. */
  readonly default?: S | undefined;
}

/** Whether a value is an object and not an array. */
export function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

/** Whether a value is a function. */
export function isFunction(given: unknown): boolean {
  return typeof given === 'function';
}

/** Copies an object without its undefined properties, so that spreading the copy overwrites nothing. */
export function withoutUndefined<T extends object>(options: T | undefined): Partial<T> {
  const defined = Object.entries(options ?? {}).filter(([, each]) => each !== undefined);
  return Object.fromEntries(defined) as Partial<T>;
}
