import { describe, expect, it } from 'vitest';
import {
  array,
  boolean,
  custom,
  integer,
  object,
  optional,
  string,
  withoutUndefined,
} from '../../lib/validation/schema.js';
import { outOfRange, pathOf } from '../../lib/validation/option-errors.js';
import { HOSTILE_VALUES } from '../support/hostile-values.js';

const schema = object(
  {
    least: integer({ min: 0, default: 1 }),
    most: integer({ min: 0, max: 9, reason: 'the digits', default: 9 }),
    names: array(string(), { wanted: 'a list of names', default: [] }),
    inner: object({ on: boolean({ default: false }), note: optional(string()) }),
  },
  ({ least, most }, path) => {
    if (least > most) {
      throw outOfRange(pathOf(path, 'least'), `at most ${most}, the value of most`, least);
    }
  },
);
const DEFAULTS = { least: 1, most: 9, names: [], inner: { on: false, note: undefined } };

describe('a schema', () => {
  it.each([
    undefined,
    {},
    { least: undefined, inner: undefined },
    { inner: { on: undefined, note: undefined } },
  ])('takes the defaults where options are left out, or undefined: %j', given => {
    expect(schema.check(given, 'shop')).toEqual(DEFAULTS);
  });

  it('returns what is given', () => {
    const given = { least: 0, most: 3, names: ['a'], inner: { on: true, note: 'b' } };
    expect(schema.check(given, 'shop')).toEqual(given);
  });

  it('reads options that a class inherits, such as getters', () => {
    class Config {
      get least(): number {
        return 4;
      }
    }
    expect(schema.check(new Config(), 'shop').least).toBe(4);
  });

  it.each<[unknown, ErrorConstructor, string]>([
    [[], TypeError, 'Option shop must be an object, got [].'],
    [{ more: 1 }, TypeError, 'Unknown option "more" in shop; it has least, most, names, inner.'],
    [{ toString: 1 }, TypeError, 'Unknown option "toString" in shop'],
    [{ least: -1 }, RangeError, 'Option shop.least must be an integer of at least 0, got -1.'],
    [
      { most: 10 },
      RangeError,
      'Option shop.most must be an integer from 0 to 9, the digits, got 10.',
    ],
    [{ names: 'a' }, TypeError, 'Option shop.names must be a list of names, got "a".'],
    [
      { names: ['a', ''] },
      RangeError,
      'Option shop.names[1] must be a string that is not empty, got "".',
    ],
    [{ names: [, 'a'] }, TypeError, 'Option shop.names[0] must be a string, got undefined.'], // oxlint-disable-line no-sparse-arrays
    [{ inner: { on: 1 } }, TypeError, 'Option shop.inner.on must be true or false, got 1.'],
    [
      { least: 5, most: 3 },
      RangeError,
      'Option shop.least must be at most 3, the value of most, got 5.',
    ],
  ])('refuses %j', (given, type, message) => {
    expect(() => schema.check(given, 'shop')).toThrow(type);
    expect(() => schema.check(given, 'shop')).toThrow(message);
  });

  it('names the class whose constructor is given the options', () => {
    expect(() => schema.check(5, 'Shop')).toThrow('Shop options must be an object, got 5.');
    expect(() => schema.check({ more: 1 }, 'Shop')).toThrow('"more" in Shop options; it has');
    expect(() => schema.check({ least: '1' }, 'Shop')).toThrow('Option Shop.least must be');
  });

  it('names TsmonModule where the path is empty', () => {
    expect(() => schema.check(5, '')).toThrow('TsmonModule options must be an object, got 5.');
    expect(() => schema.check({ least: '1' }, '')).toThrow('Option least must be');
  });

  it.each(HOSTILE_VALUES)('reports a value that throws: %s', (_, make) => {
    const isType = (value: unknown): value is { of: 1 } => (value as { of: number }).of === 1;
    const check = (): unknown => custom({ wanted: 'one', isType }).check(make(), 'shop');
    expect(check).toThrow(TypeError);
    expect(check).toThrow(/^Option shop must be one, got /);
  });

  it('never shows a secret', () => {
    const isType = (value: unknown): value is object => typeof value === 'object';
    const secret = custom({ wanted: 'a key', isType, isSecret: true });
    expect(() => secret.check('-----BEGIN PRIVATE KEY-----', 'shop.key')).toThrow(
      /^Option shop\.key must be a key, got a value that is not shown, since it may be secret\.$/,
    );
  });
});

describe('withoutUndefined()', () => {
  it('leaves what is under it', () => {
    expect({ a: 1, b: 2, ...withoutUndefined({ a: undefined, b: 3 }) }).toEqual({ a: 1, b: 3 });
    expect(withoutUndefined(undefined)).toEqual({});
  });
});
