import { describe, expect, it, vi } from 'vitest';
import { TimeSlice } from '../../lib/clock/time-slice.js';
import { partitionCells } from '../../lib/monitors/partition-cells.js';
import type { Cell } from '../../lib/store/cell.js';
import { ages, bool, cell, counter, foo, load, text } from './prodx/requests.js';

describe('partitionCells() refuses a broken cell, and lets the others be written:', () => {
  it.each<[string, Cell, RegExp]>([
    ['a value of another type', cell(foo, '1'), /IntGauge "foo" has a value of type string/],
    ['an int that is none', cell(foo, 0.5), /it cannot have: 0.5/],
    ['an int beyond the safe ones', cell(foo, 2 ** 53), /it cannot have/],
    ['NaN', cell(load, NaN), /it cannot have: NaN/],
    ['no value', cell(text, undefined as never), /it cannot have: undefined/],
    ['null for a bool', cell(bool, null as never), /it cannot have: null/],
    ['what is no distribution', cell(ages, { count: 1 } as never), /type object/],
    ['too few field values', cell(counter, 1, ['f', 1]), /its cell has 2 field values/],
    [
      'a mistyped field value',
      cell(counter, 1, [1, 1, true]),
      /Field "f" of metric "counter" is of type string, but its cell has 1 \(number\)/,
    ],
    ['a field value that is missing', cell(counter, 1, ['f', 1, undefined as never]), /Field "b"/],
    ['half a microsecond', { ...cell(foo, 1), resetTime: 0.5 }, /starts at 0.5/],
    [
      'a target whose labels throw',
      cell(foo, 1, [], {
        type: 'own',
        key: 'k',
        labels: () => {
          throw new Error('oh');
        },
      }),
      /oh/,
    ],
  ])('%s', async (_, broken, reason) => {
    const valid = [cell(foo, 1), cell(foo, 2)];
    const cells = [valid[0]!, broken, valid[1]!];
    const write = vi.fn<(one: Cell) => void>();
    expect(await partitionCells(cells, new TimeSlice(), write)).toEqual({
      valid,
      rejected: [{ index: 1, reason: expect.stringMatching(reason), outcome: 'refused' }],
    });
    expect(write.mock.calls).toEqual(valid.map(one => [one]));
  });

  it('a cell that cannot be written is as broken', async () => {
    const cells = [cell(foo, 1), cell(foo, 2)];
    const write = ({ value }: Cell): void => {
      if (value === 1) {
        throw new Error('not that one');
      }
    };
    expect(await partitionCells(cells, new TimeSlice(), write)).toEqual({
      valid: [cells[1]],
      rejected: [{ index: 0, reason: 'not that one', outcome: 'refused' }],
    });
  });
});
