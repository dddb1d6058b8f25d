import { beforeEach, describe, expect, it } from 'vitest';
import { FlushPipeline } from '../../lib/flush/flush-pipeline.js';
import { Sender } from '../../lib/flush/sender.js';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { unknownSendsReporter } from '../../lib/self/reporters.js';
import { registerCallback } from '../../lib/metrics/callbacks.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/distribution-metric.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import type { SendResult } from '../../lib/monitors/monitor.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { TaskNumAllocator } from '../../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { SeededRandom } from '../support/seeded-random.js';
import { settle } from '../support/settle.js';

const task = new Task({ serviceName: 'shop', jobName: 'web' });
const TIMEOUT_MS = 5000;
const ACCEPTED = { rejected: [] };
const unavailable = (): Promise<never> => Promise.reject(new Error('UNAVAILABLE'));

/** Gives another number whenever the test says so. */
class ChangingAllocator extends TaskNumAllocator {
  readonly expirationSec = 1800;
  taskNum = 0;

  async notifyTaskIsAlive(): Promise<number> {
    return this.taskNum;
  }

  assignTaskNumbers(): never {
    throw new Error('not asked for here');
  }

  async release(): Promise<void> {}
}

function setUp(chunkSize = 0) {
  const clock = new ManualClock();
  const registry = new Registry();
  const store = storeOf(registry);
  store.useClock(clock);
  const monitor = new FakeMonitor(chunkSize);
  const allocator = new ChangingAllocator();
  const taskNumber = new HeldTaskNumber(
    allocator,
    { task, instanceId: 'i', heartbeatSec: 300 },
    clock,
    () => store.startStreams(),
  );
  const sender = new Sender(monitor, { workers: 1 }, store.sends);
  const pipeline = new FlushPipeline(registry, taskNumber, sender, { intervalSec: 60 }, clock);
  registerCallback(unknownSendsReporter(registry), registry);
  const hits = new Counter('hits', { registry });

  const flush = async () => {
    clock.advance(1000);
    return pipeline.sendAll(TIMEOUT_MS);
  };
  const flushUnder = (answer: FakeMonitor['answer']) => {
    monitor.answer = answer;
    return flush();
  };
  /** The number changes with the next flush. */
  const changeNumber = (answer: FakeMonitor['answer'] = () => ACCEPTED) => {
    allocator.taskNum += 1;
    clock.advance(300_000);
    return flushUnder(answer);
  };
  const reported = (): unknown => monitor.valuesOf('tsmon/unknown_sends').at(-1);
  return {
    clock,
    registry,
    store,
    monitor,
    allocator,
    pipeline,
    taskNumber,
    hits,
    flush,
    flushUnder,
    changeNumber,
    reported,
  };
}

describe('F7 a send whose outcome is unknown', () => {
  let parts: ReturnType<typeof setUp>;
  beforeEach(async () => {
    parts = setUp();
    await parts.flush();
  });

  it('when the number is lost is carried over, and counted', async () => {
    const { hits, monitor, flushUnder, changeNumber, reported, store } = parts;
    hits.add(3);
    await flushUnder(unavailable);
    hits.add(1);
    await changeNumber();
    expect(monitor.valuesOf('hits').slice(-2)).toEqual([3, 4]);
    expect(reported()).toBe(1);
    await changeNumber();
    expect(monitor.valuesOf('hits').at(-1)).toBe(0);
    expect(store.unknownSends).toBe(1);
  });

  it('given up at the deadline is unknown as well, whatever is answered later', async () => {
    const { hits, monitor, clock, pipeline, changeNumber, reported } = parts;
    hits.add(3);
    let answer: (result: typeof ACCEPTED) => void = () => {};
    monitor.answer = () => new Promise(resolve => (answer = resolve));
    const flushed = pipeline.sendAll(TIMEOUT_MS);
    await settle();
    clock.advance(TIMEOUT_MS);
    await flushed;
    answer(ACCEPTED);
    await settle();
    await changeNumber();
    expect(monitor.valuesOf('hits')).toEqual([3, 3]);
    expect(reported()).toBe(1);
  });

  it('under way when the number is lost is unknown, and an answer that comes later changes nothing', async () => {
    const { clock, hits, monitor, flush, allocator, taskNumber, store, changeNumber, reported } =
      parts;
    hits.add(3);
    let answer: (result: typeof ACCEPTED) => void = () => {};
    monitor.answer = () => new Promise(resolve => (answer = resolve));
    const flushed = flush();
    await settle();
    allocator.taskNum += 1;
    clock.jump(300_000);
    await taskNumber.renew(new AbortController().signal);
    expect(store.unknownSends).toBe(1);
    answer(ACCEPTED);
    await flushed;
    await changeNumber();
    expect(monitor.valuesOf('hits')).toEqual([3, 3]);
    expect(reported()).toBe(1);
    await changeNumber();
    expect(monitor.valuesOf('hits').at(-1)).toBe(0);
    expect(store.unknownSends).toBe(1);
  });

  it('is made up for by a later one of the same cells in the same stream', async () => {
    const { hits, monitor, flushUnder, changeNumber, reported } = parts;
    hits.add(3);
    await flushUnder(unavailable);
    hits.add(1);
    await flushUnder(() => ACCEPTED);
    await changeNumber();
    expect(monitor.valuesOf('hits')).toEqual([3, 4, 0]);
    expect(reported()).toBeUndefined();
  });

  it('is not made up for by a definite rejection', async () => {
    const { hits, flushUnder, changeNumber, reported } = parts;
    hits.add(3);
    await flushUnder(unavailable);
    await flushUnder(cells => ({
      rejected: cells.map((_, index) => ({ index, reason: 'busy', outcome: 'retry' })),
    }));
    await changeNumber();
    expect(reported()).toBe(1);
  });

  it('may be told of some cells of a chunk: only these count, and only these are carried over', async () => {
    const { registry, store, monitor, flushUnder, changeNumber, reported } = parts;
    const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 4; id++) {
      byId.add(1, { id });
    }
    const outcomes = [undefined, 'unknown', 'retry', 'refused'] as const;
    const { accepted, unsent, refused } = await flushUnder(cells => ({
      rejected: cells.flatMap(({ metric, fieldValues }, index) => {
        const outcome = metric.name === 'by_id' && outcomes[Number(fieldValues[0])];
        return outcome ? [{ index, reason: outcome, outcome }] : [];
      }),
    }));
    expect([unsent.length, refused.length]).toEqual([2, 1]);
    expect(accepted).toBeGreaterThan(0);
    await changeNumber();
    expect(monitor.valuesOf('by_id').slice(-4)).toEqual([0, 1, 1, 1]);
    expect(reported()).toBe(1);
    await changeNumber();
    expect(monitor.valuesOf('by_id').slice(-4)).toEqual([0, 0, 0, 0]);
    expect(store.unknownSends).toBe(1);
  });

  it('of some cells is made up for by a later one that is accepted, and not by one that is refused', async () => {
    const { hits, flushUnder, changeNumber, monitor, store } = parts;
    hits.add(3);
    monitor.reject('unknown');
    await parts.flush();
    monitor.reject('refused');
    await parts.flush();
    await changeNumber();
    expect(store.unknownSends).toBe(1);
    hits.add(3);
    monitor.reject('unknown');
    await parts.flush();
    await flushUnder(() => ACCEPTED);
    await changeNumber();
    expect(store.unknownSends).toBe(1);
  });

  it('several in a row of the same cells are one: the last contains the others', async () => {
    const { hits, flushUnder, changeNumber, reported } = parts;
    for (let i = 0; i < 5; i++) {
      hits.add(1);
      await flushUnder(unavailable);
    }
    await changeNumber();
    expect(reported()).toBe(1);
  });

  it.each([
    ['rejected definitely', 'retry'],
    ['refused for good', 'refused'],
  ] as const)('%s is not unknown', async (_, outcome) => {
    const { hits, monitor, flushUnder, changeNumber, reported } = parts;
    hits.add(3);
    await flushUnder(cells => ({
      rejected: cells.map((_cell, index) => ({ index, reason: 'no', outcome })),
    }));
    await changeNumber();
    expect(monitor.valuesOf('hits')).toEqual([3, 3]);
    expect(reported()).toBeUndefined();
  });

  it('that carried nothing new is not counted', async () => {
    const { registry, hits, flushUnder, changeNumber, reported } = parts;
    const durations = new CumulativeDistribution('durations', { registry });
    hits.add(3);
    durations.add(1);
    new Counter('zero', { registry }).add(0);
    await flushUnder(() => ACCEPTED);
    await flushUnder(unavailable);
    await changeNumber();
    await flushUnder(unavailable);
    await changeNumber();
    expect(reported()).toBeUndefined();
  });

  it('that carried only gauges is not counted', async () => {
    const { registry, flushUnder, changeNumber, reported } = parts;
    new IntGauge('queue', { registry }).set(5);
    await flushUnder(unavailable);
    await changeNumber();
    expect(reported()).toBeUndefined();
  });

  it('of cells that were deleted since is not counted: nothing is carried over', async () => {
    const { hits, flushUnder, changeNumber, reported } = parts;
    hits.add(3);
    await flushUnder(unavailable);
    hits.delete();
    hits.add(1);
    await changeNumber();
    expect(reported()).toBeUndefined();
  });

  it('is forgotten with all values by reset()', async () => {
    const { hits, store, flushUnder, changeNumber, reported } = parts;
    hits.add(3);
    await flushUnder(unavailable);
    store.reset();
    await changeNumber();
    expect(reported()).toBeUndefined();
  });
});

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

  it('F5 what the age of the number forbade to send was not begun', async () => {
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

  it('and which says two things of one cell does not know which of them is true', async () => {
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
