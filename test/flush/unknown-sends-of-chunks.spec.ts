import { describe, expect, it } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import type { SendResult } from '../../lib/monitors/monitor.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { SeededRandom } from '../support/seeded-random.js';
import { settle } from '../support/settle.js';
import { TIMEOUT_MS, ACCEPTED, unavailable, setUp } from './unknown-send-setup.js';

describe('F7 unknown sends of several chunks', () => {
  it('are counted one by one, but for those that were accepted or never begun', async () => {
    const { registry, clock, monitor, flush, changeNumber, reported, pipeline } = setUp(10);
    await flush();
    const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 50; id++) {
      byId.add(1, { id });
    }
    let sends = 0;
    monitor.answer = () => {
      sends += 1;
      return sends === 1 ? ACCEPTED : sends < 4 ? unavailable() : new Promise(() => {});
    };
    const flushed = pipeline.sendAll(TIMEOUT_MS);
    await settle();
    clock.advance(TIMEOUT_MS); // while the fourth is under way
    const { unsent } = await flushed;
    expect(unsent).toHaveLength(40);
    expect(sends).toBe(4);
    await changeNumber();
    expect(reported()).toBe(3);
  });

  it('F5 do not include chunks that were not sent because the number was too old', async () => {
    const { registry, clock, monitor, flush, flushUnder, changeNumber, reported } = setUp(10);
    await flush();
    const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 50; id++) {
      byId.add(1, { id });
    }
    const calls = monitor.calls.length;
    await flushUnder(() => {
      clock.jump(900_000);
      return ACCEPTED;
    });
    expect(monitor.calls).toHaveLength(calls + 1);
    await changeNumber();
    expect(reported()).toBeUndefined();
  });
});

describe('F7 a monitor whose answer does not fit the contract leaves the outcome of the chunk unknown', () => {
  it.each<[string, unknown, RegExp]>([
    [
      'has the field retry of earlier versions',
      { rejected: [{ index: 0, reason: 'no', retry: true }] },
      /TypeError: send\(\) of FakeMonitor: rejected\[0\]\.outcome must be 'refused', 'retry' or 'unknown', got undefined\. The field retry is no more: write outcome: 'refused' for retry: false/,
    ],
    [
      'has an outcome that is none',
      { rejected: [{ index: 0, reason: 'no', outcome: 'perhaps' }] },
      /TypeError: .*got 'perhaps'\.$/,
    ],
    [
      'rejects a cell that was not sent',
      { rejected: [{ index: 1, reason: 'no', outcome: 'retry' }] },
      /RangeError: .*rejected\[0\]\.index must be the index of one of the 1 cells that were sent, got 1\.$/,
    ],
    [
      'rejects none by its index',
      { rejected: [{ reason: 'no', outcome: 'retry' }] },
      /RangeError: .*got undefined\.$/,
    ],
    ['has nothing in its list', { rejected: [null] }, /TypeError: .*rejected\[0\]\.outcome/],
    ['has no list', { rejected: {} }, /TypeError: send\(\) of FakeMonitor must resolve to/],
    ['is nothing', undefined, /TypeError: send\(\) of FakeMonitor must resolve to/],
  ])('which %s', async (_, result, reason) => {
    const { hits, monitor, flush, flushUnder, changeNumber, reported } = setUp();
    await flush();
    hits.add(3);
    const delivery = await flushUnder(() => result as SendResult);
    expect(delivery).toMatchObject({ accepted: 0, refused: [] });
    expect(delivery.unsent).toHaveLength(1);
    expect([...delivery.reasons]).toEqual([expect.stringMatching(reason)]);
    await changeNumber();
    expect(monitor.valuesOf('hits').slice(-2)).toEqual([3, 3]);
    expect(reported()).toBe(1);
  });

  it('also if it says two different things about one cell', async () => {
    const { hits, flush, flushUnder, changeNumber, reported } = setUp();
    await flush();
    hits.add(3);
    await flushUnder(() => ({
      rejected: [
        { index: 0, reason: 'no', outcome: 'refused' },
        { index: 0, reason: 'later', outcome: 'retry' },
      ],
    }));
    await changeNumber();
    expect(reported()).toBe(1);
  });
});

describe('F7 each increment arrives exactly once, or at least once where an unknown send is counted', () => {
  it('in random lives', async () => {
    let livesWithUnknown = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = new SeededRandom(seed);
      const { registry, monitor, flush, flushUnder, changeNumber, store } = setUp(2);
      await flush();
      const metrics = Array.from({ length: 5 }, (_, i) => new Counter(`m${i}`, { registry }));
      /** What a backend keeps: of each stream the last value. */
      const received = new Map<string, number>();
      const receive: FakeMonitor['answer'] = cells => {
        for (const { metric, resetTime, value } of cells) {
          received.set(`${metric.name} ${resetTime}`, value as number);
        }
        return ACCEPTED;
      };
      const answers: FakeMonitor['answer'][] = [
        receive,
        receive,
        cells => {
          void receive(cells, new AbortController().signal);
          return unavailable();
        },
        unavailable,
        cells => ({
          rejected: cells.map((_, index) => ({ index, reason: 'busy', outcome: 'retry' })),
        }),
        cells => {
          void receive(cells.slice(1), new AbortController().signal);
          return {
            rejected: cells.map((_, index) => ({ index, reason: '?', outcome: 'unknown' })),
          };
        },
      ];
      const answerAtRandom: FakeMonitor['answer'] = (...args) => random.oneOf(answers)(...args);
      for (let step = 0; step < 12; step++) {
        await random.oneOf([
          async () => random.oneOf(metrics).add(1),
          async () => random.oneOf(metrics).add(1),
          () => flushUnder(answerAtRandom),
          () => changeNumber(answerAtRandom),
        ])();
      }
      await flushUnder(receive);
      for (const metric of metrics) {
        const total = [...received]
          .filter(([stream]) => stream.startsWith(`${metric.name} `))
          .reduce((sum, [, value]) => sum + value, 0);
        const added = metric.get() ?? 0;
        expect(total).toBeGreaterThanOrEqual(added);
        if (store.unknownSends === 0) {
          expect(total).toBe(added);
        }
      }
      livesWithUnknown += store.unknownSends > 0 ? 1 : 0;
      expect(monitor.valuesOf('tsmon/unknown_sends').length > 0).toBe(store.unknownSends > 0);
    }
    expect(livesWithUnknown).toBeGreaterThan(10);
    expect(livesWithUnknown).toBeLessThan(90);
  });
});
