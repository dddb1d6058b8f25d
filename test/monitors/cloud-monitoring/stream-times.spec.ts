import { describe, expect, it } from 'vitest';
import {
  LONGEST_AHEAD_MICROS,
  SPACING_MICROS,
  StreamTimes,
  type StreamName,
} from '../../../lib/monitors/cloud-monitoring/stream-times.js';
import type { Cell } from '../../../lib/store/cell.js';
import { heapMegabytes } from '../../support/heap.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { at, cell, hits, orders, queue, startTime } from './cells.js';
import { logged, monitorOf, send, startServer } from './monitors.js';
import { microsOf } from './series-rules.js';

const stream = streamOf('{}');

function streamOf(labels: string, areLabelsExact = true): StreamName {
  return { group: 'metric target', labels, areLabelsExact };
}

function claimer(): (cell: Cell, endTime: number) => ReturnType<StreamTimes['reserve']> {
  const times = new StreamTimes();
  return (of, endTime) => times.reserve(stream, of, endTime, {});
}

describe('points of a stream', () => {
  it('have the time of their flush where flushes are 5 s apart', () => {
    const reserve = claimer();
    for (const sec of [1, 6, 11, 71]) {
      expect(reserve(cell(hits, 1), at(sec))).toEqual({ start: startTime + 1000, end: at(sec) });
    }
  });

  it('are dated ahead where a flush comes too early, but not by more than 10 s', () => {
    const reserve = claimer();
    const ends = [1, 1.1, 1.2, 1.3, 6.5, 12, 30].map(sec => reserve(cell(queue, 1), at(sec)));
    expect(ends).toEqual([
      { start: undefined, end: at(1) },
      { start: undefined, end: at(6) },
      { start: undefined, end: at(11) },
      { tooEarly: true },
      { start: undefined, end: at(16) },
      { start: undefined, end: at(21) },
      { start: undefined, end: at(30) },
    ]);
  });

  it('end after they start, also where the flush is in the moment of the first recording', () => {
    expect(claimer()(cell(hits, 1), startTime + 1)).toEqual({
      start: startTime + 1000,
      end: startTime + 2000,
    });
  });

  it('start a millisecond after the end of what was before, and go on from there', () => {
    const reserve = claimer();
    const again = cell(hits, 1, [], undefined, at(10) + 1);
    reserve(cell(hits, 1), at(10));
    expect(reserve(again, at(70))).toEqual({ start: at(10) + 1001, end: at(70) });
    expect(reserve(again, at(130))).toEqual({ start: at(10) + 1001, end: at(130) });
  });

  it('that start anew while the last one is dated ahead start after it, for as long as they go on', () => {
    const reserve = claimer();
    reserve(cell(hits, 1), at(1));
    reserve(cell(hits, 2), at(1.5));
    const again = cell(hits, 1, [], undefined, at(2));
    const start = at(6) + 1000;
    expect(reserve(again, at(3))).toEqual({ start, end: at(11) });
    expect(reserve(again, at(60))).toEqual({ start, end: at(60) });
    expect(reserve(again, at(600))).toEqual({ start, end: at(600) });
    const third = cell(hits, 1, [], undefined, at(601));
    expect(reserve(third, at(660))).toEqual({ start: at(601) + 1000, end: at(660) });
  });

  it('that start anew after one that was dated ahead start after it, however late they come', () => {
    const reserve = claimer();
    reserve(cell(hits, 1), at(1));
    reserve(cell(hits, 2), at(1.5));
    const again = cell(hits, 1, [], undefined, at(2));
    expect(reserve(again, at(900))).toEqual({ start: at(6) + 1000, end: at(900) });
  });

  it('T1 keep all rules under any sequence of flushes, resets and gauges', () => {
    const random = new SeededRandom(4);
    for (let round = 0; round < 100; round++) {
      const reserve = claimer();
      let [nowMicros, resetTime] = [startTime, startTime];
      let last: { start: number; end: number; resetTime: number } | undefined;
      for (let i = 0; i < 60; i++) {
        nowMicros += 1 + Math.floor(random.next() ** 4 * 30e6);
        if (random.next() < 0.2) {
          resetTime = nowMicros++;
        }
        const times = reserve(cell(hits, 1, [], undefined, resetTime), nowMicros);
        if (!('end' in times)) {
          expect(last!.end + SPACING_MICROS).toBeGreaterThan(
            nowMicros + LONGEST_AHEAD_MICROS - 5e6,
          );
          continue;
        }
        const point = { start: times.start!, end: times.end, resetTime };
        expect(point.start).toBeLessThan(point.end);
        expect(point.end).toBeGreaterThanOrEqual(nowMicros);
        expect(point.end).toBeLessThanOrEqual(nowMicros + LONGEST_AHEAD_MICROS);
        if (last) {
          expect(point.end).toBeGreaterThanOrEqual(last.end + SPACING_MICROS);
          if (last.resetTime === resetTime) {
            expect(point.start).toBe(last.start);
          } else {
            expect(point.start).toBeGreaterThanOrEqual(last.end + 1000);
          }
        }
        last = point;
      }
    }
  });

  it('are remembered for 5 s, whatever other streams there are', () => {
    const times = new StreamTimes();
    const reserve = (group: string, sec: number): unknown =>
      times.reserve({ ...stream, group }, cell(queue, 1), at(sec), {});
    reserve('a', 1);
    reserve('b', 5.9);
    reserve('a', 6.1);
    expect(reserve('b', 7)).toEqual({ start: undefined, end: at(10.9) });
    reserve('a', 12);
    reserve('a', 18);
    expect(reserve('b', 19)).toEqual({ start: undefined, end: at(19) });
  });

  it('have one time in all streams of a flush, and are dated ahead together in the next', () => {
    const times = new StreamTimes();
    const reserve = (labels: string, sec: number): unknown =>
      times.reserve(streamOf(labels), cell(queue, 1), at(sec), {});
    const ends = (labels: readonly string[], sec: number): unknown[] =>
      labels.map(one => reserve(one, sec));
    const [first, second, third] = [1, 6, 11].map(sec => ({ start: undefined, end: at(sec) }));
    expect(ends(['a', 'b'], 1)).toEqual([first, first]);
    expect(ends(['a', 'b', 'new'], 2)).toEqual([second, second, second]);
    expect(ends(['a', 'b', 'new'], 11)).toEqual([third, third, third]);
  });

  it('are forgotten with the streams that ended, also where they were dated ahead', async () => {
    const times = new StreamTimes();
    const reserve = (labels: string, sec: number): unknown =>
      times.reserve(streamOf(labels), cell(queue, 1), at(sec), {});
    const before = await heapMegabytes();
    for (let hour = 0; hour < 100; hour++) {
      for (let i = 0; i < 500; i++) {
        reserve(`${hour} ${i}`, hour * 3600);
        reserve(`${hour} ${i}`, hour * 3600 + 1);
      }
    }
    expect((await heapMegabytes()) - before).toBeLessThan(5);
    expect(reserve('99 0', 99 * 3600 + 2)).toEqual({ start: undefined, end: at(99 * 3600 + 10) });
  });

  it('are remembered for hours where the stream goes on with a start that was moved', () => {
    const reserve = claimer();
    reserve(cell(hits, 1), at(1));
    reserve(cell(hits, 2), at(1.5));
    const again = cell(hits, 1, [], undefined, at(2));
    for (let minute = 1; minute < 600; minute++) {
      expect(reserve(again, at(60 * minute))).toMatchObject({ start: at(6) + 1000 });
    }
  });

  it('of different cells are told apart as long as that matters, where labels were changed', () => {
    const times = new StreamTimes();
    const [a, b] = ['a', 'b'].map(text => cell(orders, 1, [text, 1, false]));
    const reserve = (of: Cell, sec: number): unknown =>
      times.reserve(streamOf('{}', false), of, at(sec), {});
    reserve(a!, 1);
    expect(reserve(b!, 1)).toEqual({ takenBy: a });
    expect(reserve(b!, 2)).toEqual({ takenBy: a });
    expect(reserve(b!, 10)).toEqual({ start: startTime + 1000, end: at(10) });
  });
});

describe('flushes that come too early', () => {
  it('F6 the two of a shutdown, at once after another, lose nothing', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    for (const [i, sec] of [1, 1.01, 1.3].entries()) {
      expect(await send(monitor, [cell(hits, i + 1), cell(queue, i)], at(sec))).toEqual({
        rejected: [],
      });
    }
    expect(server.refused).toEqual([]);
    const points = server.seriesOf('shop/hits').map(({ points: [point] }) => point);
    expect(points.map(({ value }) => value.int64Value)).toEqual(['1', '2', '3']);
    expect(points.map(({ interval }) => microsOf(interval.endTime))).toEqual([
      at(1),
      at(6),
      at(11),
    ]);
  });

  it('are never refused by the server, and what is rejected here may be sent again', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    const outcomes = [];
    for (let i = 0; i < 40; i++) {
      const { rejected } = await send(monitor, [cell(hits, i)], at(1 + i * 0.7));
      expect(rejected.every(({ outcome }) => outcome === 'retry')).toBe(true);
      outcomes.push(rejected.length);
    }
    expect(server.refused).toEqual([]);
    expect(outcomes.filter(count => count === 0).length).toBeGreaterThan(6);
    expect(server.requests).toHaveLength(outcomes.filter(count => count === 0).length);
  });

  it('several at once are as good as one after the other', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    const results = await Promise.all(
      [1, 2, 3].map(sec => send(monitor, [cell(queue, 1)], at(sec))),
    );
    expect(results).toEqual([1, 2, 3].map(() => ({ rejected: [] })));
    const ends = [...server.streams.values()].flat().map(({ interval }) => interval.endTime);
    expect(ends.map(microsOf)).toEqual([at(1), at(6), at(11)]);
  });

  it('a cell that is sent twice in one call is written once', async () => {
    const server = await startServer();
    const { warnings } = logged();
    const { rejected } = await send(monitorOf(server), [cell(hits, 1), cell(hits, 1)], at(1));
    expect(rejected).toMatchObject([{ index: 1, outcome: 'refused' }]);
    expect(warnings).toHaveLength(1);
    expect(server.written).toHaveLength(1);
  });
});

describe('a stream after a change of number', () => {
  it('F7 is accepted where the number came from another instance, and where it came back', async () => {
    const server = await startServer();
    const first = monitorOf(server);
    const second = monitorOf(server);
    await send(first, [cell(hits, 5)], at(1));
    expect(await send(second, [cell(hits, 1, [], undefined, at(2))], at(20))).toEqual({
      rejected: [],
    });
    expect(await send(first, [cell(hits, 2, [], undefined, at(21))], at(40))).toEqual({
      rejected: [],
    });
    expect(server.refused).toEqual([]);
  });

  it('F7 is dropped where another instance still writes it, and the log says what to do', async () => {
    const server = await startServer();
    const { warnings } = logged();
    await send(monitorOf(server), [cell(hits, 5)], at(10));
    const { rejected } = await send(
      monitorOf(server),
      [cell(hits, 1, [], undefined, at(2)), cell(queue, 1)],
      at(20),
    );
    expect(rejected).toMatchObject([{ index: 0, outcome: 'refused' }]);
    expect(warnings).toEqual([
      expect.stringMatching(/"shop\/hits".*Another process writes the same stream/),
    ]);
  });
});
