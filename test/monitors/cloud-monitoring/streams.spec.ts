import { expect, it } from 'vitest';
import { Sender } from '../../../lib/flush/sender.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { task } from './cells.js';
import { monitorOf, startServer } from './monitors.js';

/**
 * An instance that records, flushes at any time, and changes its number, also to one that it had a moment ago.
 */
it.each([1, 2, 3, 4])(
  'F7 what a store sends is never refused, and each increment arrives once: seed %i',
  async seed => {
    const random = new SeededRandom(seed);
    const server = await startServer();
    const clock = new ManualClock();
    server.nowMicros = () => clock.now() * 1000;
    const registry = new Registry();
    const store = storeOf(registry);
    store.useClock(clock);
    const fields = { i: 'int' } as const;
    const orders = new Counter('shop/orders', { registry, fields });
    const durations = new CumulativeDistribution('shop/durations', { registry, fields });
    const queue = new IntGauge('shop/queue', { registry, fields });
    const monitor = monitorOf(server);
    const sender = new Sender(monitor, { workers: 4 }, store.sends);
    let target = task;
    let recorded = 0;
    const flush = async (): Promise<number> => {
      const snapshots = store.snapshot(registry.instanceMetrics(), target);
      const { signal } = new AbortController();
      const delivery = await sender.send(snapshots, {
        endTime: store.timestamp(),
        gate: () => undefined,
        signal,
      });
      expect([...delivery.refused, ...delivery.reasons].join()).not.toMatch(
        /refused|does not take/,
      );
      expect(delivery.refused).toEqual([]);
      return delivery.unsent.length;
    };
    for (let i = 0; i < 60; i++) {
      for (let j = random.below(5); j > 0; j--) {
        const of = { i: random.below(300) };
        orders.add(1, of);
        durations.add(random.below(1000), of);
        queue.set(j, of);
        recorded += 1;
      }
      clock.advance(random.oneOf([0, 1, 300, 2000, 5000, 20_000, 60_000]));
      await flush();
      if (random.below(6) === 0) {
        target = task.withTaskNum(random.below(3));
        store.startStreams();
      }
    }
    clock.advance(60_000);
    expect(await flush()).toBe(0);
    expect(server.refused).toEqual([]);
    // Of each stream and start the last point says all; streams that ended hand the rest on to the next.
    const sums = new Map<string, number>();
    for (const { resource, metric, points } of server.seriesOf('shop/orders')) {
      const { interval, value } = points[0];
      sums.set(JSON.stringify([resource, metric, interval.startTime]), Number(value.int64Value));
    }
    expect([...sums.values()].reduce((a, b) => a + b, 0)).toBe(recorded);
  },
);
