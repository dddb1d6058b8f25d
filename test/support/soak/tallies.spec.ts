import { describe, expect, it } from 'vitest';
import type { Payload } from '../receiver.js';
import { KINDS } from './request-kinds.js';
import { talliesOf, type Tally } from './tallies.js';

const ITEM = KINDS.find(({ handler }) => handler === 'item')!;
const METRIC = 'soak/handled';

function payload(endTime: number, startTime: number, value: number, handler = 'item'): Payload {
  const target = { task_num: 0 };
  const cell = { target, metric: METRIC, cumulative: true, fields: { handler }, startTime, value };
  return { sender: 'soak', endTime, cells: [cell] };
}

function tally(told: number, payloads: Payload[], accepted: number[]): Partial<Tally> | undefined {
  const tallies = talliesOf(new Map([[ITEM, told]]), payloads, new Set(accepted));
  return tallies.find(({ metric }) => metric === METRIC);
}

describe('the counts of a soak', () => {
  it('are the last values of all streams', () => {
    const payloads = [payload(20, 10, 3), payload(30, 10, 5), payload(50, 40, 2)];
    expect(tally(7, payloads, [20, 30, 50])).toMatchObject({ told: 7, received: 7, twice: 0 });
  });

  it('contain nothing twice from a stream that goes on, whatever is known about its payloads', () => {
    const payloads = [payload(20, 10, 3), payload(30, 10, 5)];
    expect(tally(5, payloads, [])).toMatchObject({ received: 5, twice: 0 });
  });

  it('contain twice the last increments of an ended stream that are not known to be accepted', () => {
    const payloads = [payload(20, 10, 3), payload(30, 10, 5), payload(50, 40, 4)];
    expect(tally(7, payloads, [20, 50])).toMatchObject({ received: 9, twice: 2 });
  });

  it('ignore the streams of others', () => {
    const payloads = [payload(20, 10, 3), payload(50, 40, 4, 'order'), payload(60, 10, 3)];
    expect(tally(3, payloads, [])).toMatchObject({ received: 3, twice: 0 });
  });

  it('ignore requests whose clients did not wait', () => {
    const left = KINDS.find(({ leaves }) => leaves)!;
    expect(talliesOf(new Map([[left, 3]]), [], new Set())).toEqual([]);
  });
});
