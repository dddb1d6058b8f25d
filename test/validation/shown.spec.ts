import { describe, expect, it } from 'vitest';
import { shown } from '../../lib/validation/shown.js';
import { HOSTILE_VALUES } from '../support/hostile-values.js';

class Shop {
  readonly secret = 'the secret';
}

describe('shown()', () => {
  it.each<[unknown, string]>([
    ['a "b"\n', '"a \\"b\\"\\n"'],
    ['', '""'],
    [42, '42'],
    [10n, '10'],
    [NaN, 'NaN'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('a\nb'), 'Symbol(a\\nb)'],
    [[], '[]'],
    [['a', 5, {}], '["a", 5, an object of class Object]'],
    [[1, 2, 3, 4], '[1, 2, 3, …]'],
    [[[1], []], '[[…], […]]'],
    [new Shop(), 'an object of class Shop'],
    [Object.create(null), 'an object of class Object'],
    [Shop, 'the function Shop'],
    [() => {}, 'a function'],
    ['x'.repeat(1000), `"${'x'.repeat(100)}…"`],
    [Symbol('x'.repeat(1000)), expect.stringMatching(/^Symbol\(x{93}…$/) as string],
  ])('%o is %s', (value, text) => {
    expect(shown(value)).toEqual(text);
  });

  it('never shows what is in an object', () => {
    expect(shown(new Shop())).not.toContain('the secret');
    expect(shown([new Shop()])).not.toContain('the secret');
  });

  it.each(HOSTILE_VALUES)('does not throw on %s', (_, make) => {
    expect(shown(make())).toMatch(/^(an object of class|a value of type|Symbol)/);
    expect(shown([make()])).toMatch(/^(\[|a value of type)/);
  });

  it('does not throw where a getter does', () => {
    const hostile = {
      get constructor(): never {
        throw new Error('hidden');
      },
    };
    expect(shown(hostile)).toBe('a value of type object that cannot be shown');
  });
});
