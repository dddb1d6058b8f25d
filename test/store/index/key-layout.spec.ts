import { describe, expect, it } from 'vitest';
import type { FieldType } from '../../../lib/metrics/fields.js';
import { fits, keyOf, mixed, sideBySide } from '../../../lib/store/index/key-layout.js';
import { SeededRandom } from '../../support/seeded-random.js';

const SCHEMAS: FieldType[][] = [
  [],
  ['bool'],
  ['string'],
  ['int', 'string', 'bool'],
  ['string', 'string', 'int', 'int', 'bool', 'bool'],
  Array.from({ length: 10 }, () => 'string'),
  Array.from({ length: 27 }, () => 'bool'),
  [...Array.from({ length: 26 }, () => 'bool' as const), 'string', 'int'],
];

describe('numbers side by side in a key', () => {
  it.each(SCHEMAS.map(types => [types.join(), types] as const))(
    'no two cells that fit have one key: %s',
    (_, types) => {
      const layout = sideBySide(types);
      const random = new SeededRandom(3);
      const limits = layout.limits!;
      const ids = Array.from({ length: 2000 }, () => limits.map(limit => random.below(limit)));
      const keys = new Set(ids.map(some => keyOf(layout, some)));
      expect(keys.size).toBe(new Set(ids.map(String)).size);
      expect(Math.min(...keys)).toBeGreaterThanOrEqual(0);
    },
  );

  it('say what does not fit: the largest number of each part, and one more', () => {
    const layout = sideBySide(['int', 'bool']);
    expect(layout.limits).toEqual([2 ** 4, 2 ** 26, 2]);
    expect(fits(layout, [15, 2 ** 26 - 1, 1])).toBe(true);
    expect(fits(layout, [16, 0, 0])).toBe(false);
    expect(fits(layout, [0, 2 ** 26, 0])).toBe(false);
  });

  it('is not to be had for more bools than there are bits', () => {
    const types = Array.from({ length: 28 }, () => 'bool' as const);
    expect(sideBySide(types).limits).toBeUndefined();
  });

  it('start where they are said to', () => {
    const layout = sideBySide(['int', 'bool']);
    expect(keyOf(layout, [9, 9, 9, 3, 5, 1], 3)).toBe(keyOf(layout, [3, 5, 1]));
  });
});

describe('hashes of numbers', () => {
  it('fit all, and seldom meet', () => {
    const layout = mixed(['int', 'string', 'int']);
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
