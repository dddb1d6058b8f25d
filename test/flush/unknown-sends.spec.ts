import { beforeEach, describe, expect, it } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { settle } from '../support/settle.js';
import { TIMEOUT_MS, ACCEPTED, unavailable, setUp } from './unknown-send-setup.js';

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

  it('is settled by a later accepted send of the same cells in the same stream', async () => {
    const { hits, monitor, flushUnder, changeNumber, reported } = parts;
    hits.add(3);
    await flushUnder(unavailable);
    hits.add(1);
    await flushUnder(() => ACCEPTED);
    await changeNumber();
    expect(monitor.valuesOf('hits')).toEqual([3, 4, 0]);
    expect(reported()).toBeUndefined();
  });

  it('is not settled by a definite rejection', async () => {
    const { hits, flushUnder, changeNumber, reported } = parts;
    hits.add(3);
    await flushUnder(unavailable);
    await flushUnder(cells => ({
      rejected: cells.map((_, index) => ({ index, reason: 'busy', outcome: 'retry' })),
    }));
    await changeNumber();
    expect(reported()).toBe(1);
  });

  it('may concern some cells of a chunk: only these count, and only these are carried over', async () => {
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

  it('of some cells is settled by a later send that is accepted, and not by one that is refused', async () => {
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
