import { describe, expect, it } from 'vitest';
import { incrementsOf } from './received-increments.js';
import type { Payload, ReceivedCell } from './receiver.js';
import { overlapsOf, tenuresOf } from './tenures.js';

const TARGET = { service_name: 'shop', host_name: 'v1', task_num: 0 };

function counter(
  startTime: number,
  value: unknown,
  rest: Partial<ReceivedCell> = {},
): ReceivedCell {
  const counted = { target: TARGET, metric: 'shop/orders', cumulative: true, fields: {} };
  return { ...counted, startTime, value, ...rest };
}

function gauge(rest: Partial<ReceivedCell> = {}): ReceivedCell {
  return { target: TARGET, metric: 'up', cumulative: false, fields: {}, value: true, ...rest };
}

function payload(sender: string, endTime: number, ...cells: ReceivedCell[]): Payload {
  return { sender, endTime, cells };
}

const overlaps = (...payloads: Payload[]): string[] => overlapsOf(tenuresOf(payloads));

describe('an overlap in the proof by force', () => {
  it('is not found if one sender begins after another has ended', () => {
    expect(
      overlaps(
        payload('a', 20, counter(10, 1), gauge()),
        payload('b', 40, counter(31, 1), gauge()),
        payload('a', 30, counter(10, 1), gauge()),
      ),
    ).toEqual([]);
  });

  it('is a stream that begins before the last point of another sender, and it names both', () => {
    expect(
      overlaps(payload('a', 30e6, counter(10e6, 1)), payload('b', 40e6, counter(29e6, 1))),
    ).toEqual([
      'under service_name=shop host_name=v1 task_num=0: a from 1970-01-01T00:00:10.000000Z to 1970-01-01T00:00:30.000000Z' +
        ' and b from 1970-01-01T00:00:29.000000Z to 1970-01-01T00:00:40.000000Z, 1 s at the same time',
    ]);
  });

  it('is also one that begins at that very point, and one inside another', () => {
    expect(
      overlaps(payload('a', 30, counter(10, 1)), payload('b', 40, counter(30, 1))),
    ).toHaveLength(1);
    expect(
      overlaps(payload('a', 90, counter(10, 1)), payload('b', 40, counter(30, 1))),
    ).toHaveLength(1);
  });

  it('is a point of a gauge within the streams of another sender', () => {
    expect(overlaps(payload('a', 30, counter(10, 1)), payload('b', 20, gauge()))).toHaveLength(1);
    expect(overlaps(payload('a', 30, counter(10, 1)), payload('b', 31, gauge()))).toEqual([]);
  });

  it('is found across a third sender between the two', () => {
    const across = [
      payload('a', 90, counter(10, 1)),
      payload('b', 20, counter(15, 1)),
      payload('c', 80, counter(70, 1)),
    ];
    expect(overlaps(...across)).toHaveLength(2);
  });

  it('is not found between successive streams of one sender, also if another held the number in between', () => {
    expect(
      overlaps(
        payload('a', 20, counter(10, 1)),
        payload('b', 40, counter(30, 1)),
        payload('a', 60, counter(50, 1)),
      ),
    ).toEqual([]);
  });

  it.each([{ task_num: 1 }, { host_name: '' }, { service_name: 'other' }])(
    'is not found under another identity, %o',
    label => {
      const other = counter(10, 1, { target: { ...TARGET, ...label } });
      expect(overlaps(payload('a', 30, counter(10, 1)), payload('b', 30, other))).toEqual([]);
    },
  );
});

describe('a count in the proof by force', () => {
  it('is the last value of each stream, in whatever order it arrived', () => {
    const payloads = [
      payload('a', 30, counter(10, 5)),
      payload('a', 20, counter(10, 3)),
      payload('a', 50, counter(40, 2), counter(40, 7, { metric: 'other' })),
      payload('a', 50, counter(40, 1, { fields: { status: 'refused' } })),
    ];
    expect(incrementsOf(payloads, 'shop/orders')).toBe(8);
    expect(incrementsOf(payloads, 'shop/orders', { status: 'refused' })).toBe(1);
    expect(incrementsOf([], 'shop/orders')).toBe(0);
  });

  it('is the number of samples of a distribution', () => {
    const payloads = [payload('a', 30, counter(10, { count: 3, sum: 60 }))];
    expect(incrementsOf(payloads, 'shop/orders')).toBe(3);
  });

  it('is an error where a stream goes down', () => {
    const payloads = [payload('a', 30, counter(10, 5)), payload('a', 40, counter(10, 4))];
    expect(() => incrementsOf(payloads, 'shop/orders')).toThrow('shop/orders was 5, and 4 at 40');
  });
});
