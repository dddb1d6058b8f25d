import { describe, expect, it } from 'vitest';
import type { FieldType } from '../../../lib/metrics/fields.js';
import { fits, keyOf, smallest, widened } from '../../../lib/store/index/key-layout.js';
import { SeededRandom } from '../../support/seeded-random.js';

const LARGEST_IDS: [FieldType[], number[]][] = [
  [[], [15]],
  [['bool'], [3, 1]],
  [['string'], [0, 2 ** 20]],
  [
    ['int', 'string', 'bool'],
    [2, 60, 5000, 1],
  ],
  [
    ['string', 'string', 'int', 'bool'],
    [0, 200, 200, 200, 1],
  ],
];

describe('a layout of keys', () => {
  it.each(LARGEST_IDS)('gives any two cells that fit different keys: %s', (types, largest) => {
    const layout = widened(smallest(types), largest);
    const random = new SeededRandom(3);
    const ids = Array.from({ length: 2000 }, () => layout.limits!.map(end => random.below(end)));
    const keys = ids.map(some => keyOf(layout, some));
    expect(new Set(keys).size).toBe(new Set(ids.map(String)).size);
    expect(keys.every(key => key >= 0 && key < layout.keys)).toBe(true);
    expect(fits(layout, largest)).toBe(true);
  });

  it('begins with one value a field, and two for a bool', () => {
    expect(smallest(['int', 'bool', 'string'])).toMatchObject({ limits: [1, 1, 2, 1], keys: 2 });
  });

  it('has room for a power of two of values of each part', () => {
    const layout = widened(smallest(['int', 'bool']), [0, 9, 1]);
    expect(layout.limits).toEqual([1, 16, 2]);
    expect(fits(layout, [0, 15, 1])).toBe(true);
    expect(fits(layout, [1, 0, 0])).toBe(false);
    expect(fits(layout, [0, 16, 0])).toBe(false);
  });

  it('keeps the room that it had', () => {
    const layout = widened(widened(smallest(['int', 'int']), [0, 9, 1]), [0, 0, 5]);
    expect(layout.limits).toEqual([1, 16, 8]);
  });

  it('makes the same key of ids that stand elsewhere', () => {
    const layout = widened(smallest(['int', 'bool']), [3, 5, 1]);
    expect(keyOf(layout, [9, 9, 9, 3, 5, 1], 3)).toBe(keyOf(layout, [3, 5, 1]));
  });

  it('makes hashes, which seldom meet, of ids that have more than 31 bits', () => {
    const layout = widened(smallest(['int', 'string', 'int']), [3, 2 ** 12, 2 ** 12, 2 ** 12]);
    expect(layout.limits).toBeUndefined();
    const keys = new Set<number>();
    for (let i = 0; i < 10_000; i++) {
      const ids = [i % 3, i % 10, Math.floor(i / 10) % 100, Math.floor(i / 1000)];
      expect(fits(layout, ids)).toBe(true);
      keys.add(keyOf(layout, ids));
    }
    expect(keys.size).toBeGreaterThan(9990);
    expect(Math.min(...keys)).toBeGreaterThanOrEqual(0);
  });
});
