import { isOfForeignCopy } from '../brand.js';
import { classNameOf } from '../log.js';

// Each function checks one option: it returns the value, or throws an error that names the option, the value and the fix.

/** The object itself, once it has been seen to have no other properties than these. */
export function known<T extends object>(
  option: string,
  value: T | undefined,
  names: readonly (keyof T & string)[],
): T {
  const given = object(option, value ?? ({} as T), 'an object');
  const other = Object.keys(given).find(name => !(names as readonly string[]).includes(name));
  if (other !== undefined) {
    throw new TypeError(`Unknown option "${other}" in ${option}; it has ${names.join(', ')}.`);
  }
  return given;
}

/** The same options without those that are undefined, so that what they are spread over stays. */
export function withoutUndefined<T extends object>(options: T | undefined): Partial<T> {
  const defined = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Partial<T>;
}

/** The value, if it is an object. */
export function object<T>(option: string, value: T, wanted: string): T & object {
  if (typeof value !== 'object' || value === null) {
    throw wrong(option, value, wanted);
  }
  return value;
}

/** The value, if it is a boolean. */
export function bool(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') {
    throw wrong(option, value, 'true or false');
  }
  return value;
}

/** The value, if it is a number in the range. */
export function number(option: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw wrong(option, value, `a number from ${min} to ${max}`);
  }
  return value;
}

/** The value, if it is a whole number in the range. */
export function integer(option: string, value: unknown, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || !((value as number) >= min && (value as number) <= max)) {
    throw wrong(option, value, `an integer from ${min} to ${max}`);
  }
  return value as number;
}

/** The error that names the option, its value and what to do. */
export function wrong(option: string, value: unknown, wanted: string): TypeError {
  return new TypeError(`Option ${option} must be ${wanted}, got ${shown(value)}.`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  const className = `an object of class ${classNameOf(value)}`;
  return isOfForeignCopy(value)
    ? `${className} of another copy of nestjs-tsmon, which does not fit this one (npm ls nestjs-tsmon)`
    : className;
}
