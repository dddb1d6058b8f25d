import { beforeEach, describe, expect, it } from 'vitest';
import { Sender } from '../../lib/flush/sender.js';
import { GlobalMetrics } from '../../lib/housekeeping/global-metrics.js';
import { HousekeepingService } from '../../lib/housekeeping/housekeeping.service.js';
import { registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import type { AssignmentOptions } from '../../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { NOTHING_DONE, NOTHING_REJECTED, setUp, task } from './housekeeping-setup.js';

describe('global metrics of housekeeping under the lease', () => {
  let clock: ManualClock;
  let registry: Registry;
  let monitor: FakeMonitor;
  let allocator: InMemoryTaskNumAllocator;
  let housekeeping: HousekeepingService;
  let stock: IntGauge;
  let users: IntGauge<{ tier: 'string' }>;

  beforeEach(() => {
    ({ clock, registry, monitor, allocator, housekeeping, stock, users } = setUp());
  });

  /** Stands for an allocator whose lease the test takes away. */
  let isHeld: boolean;
  let given: AssignmentOptions | undefined;

  beforeEach(() => {
    isHeld = true;
    allocator.assignTaskNumbers = async options => {
      given = options;
      await options?.whileHeld?.(() => isHeld);
      return NOTHING_DONE;
    };
  });

  it('H2 a lease that was lost before the callbacks: none of them runs, and the report says so', async () => {
    let ran = false;
    registerGlobalCallback('stock', [stock], () => {
      ran = true;
    });
    isHeld = false;
    expect((await housekeeping.run()).globalMetrics).toEqual({
      failedCallbacks: [],
      accepted: 0,
      rejected: 0,
      reasons: [expect.stringContaining('lease was lost')],
    });
    expect(ran).toBe(false);
  });

  it('H2 a lease that was lost in the callbacks: nothing is sent, and the next run discards it', async () => {
    let tier = 'gone';
    registerGlobalCallback('users', [users], () => {
      users.set(1, { tier });
      isHeld = tier !== 'gone';
    });
    expect((await housekeeping.run()).globalMetrics).toEqual({
      failedCallbacks: [],
      accepted: 0,
      rejected: 1,
      reasons: [expect.stringContaining('lease was lost')],
    });
    expect(monitor.calls).toEqual([]);
    tier = 'new';
    isHeld = true;
    await housekeeping.run();
    expect(monitor.calls.flatMap(({ cells }) => cells.map(cell => cell.fieldValues))).toEqual([
      ['new'],
    ]);
  });

  it('H2 asks in the same step as each chunk is sent', async () => {
    const sent: unknown[] = [];
    const chunks = new FakeMonitor(1);
    chunks.answer = cells => {
      sent.push(cells[0]!.fieldValues[0]);
      isHeld = false;
      return NOTHING_REJECTED;
    };
    const sender = new Sender(chunks, { workers: 1 }, storeOf(registry).sends);
    const settings = { timeoutSec: 5 };
    const global = new GlobalMetrics(registry, sender, task.toGlobal(), settings, clock);
    registerGlobalCallback('users', [users], () => {
      users.set(1, { tier: 'free' });
      users.set(1, { tier: 'paid' });
    });
    expect(await global.report(() => isHeld)).toMatchObject({ accepted: 1, rejected: 1 });
    expect(sent).toEqual(['free']);
  });

  it('H2 without global callbacks there is nothing to do under the lease', async () => {
    const report = await housekeeping.run();
    expect(given).toMatchObject({ scan: 'when-needed', unlessFinishedWithinSec: 0 });
    expect(given?.whileHeld).toBeUndefined();
    expect(report.globalMetrics).toMatchObject({ accepted: 0, rejected: 0, reasons: [] });
  });

  it('H2 what a run left unsent is discarded also where its callback was unregistered since', async () => {
    const unregister = registerGlobalCallback('stock', [stock], () => stock.set(1));
    monitor.answer = () => Promise.reject(new Error('down'));
    await housekeeping.run();
    unregister();
    await housekeeping.run();
    expect(stock.get()).toBeUndefined();
  });

  it('H2 a callback that is registered while nothing is held waits for the next run', async () => {
    let ran = 0;
    allocator.assignTaskNumbers = async options => {
      registerGlobalCallback('stock', [stock], () => {
        ran += 1;
      });
      await options?.whileHeld?.(() => true);
      return NOTHING_DONE;
    };
    await housekeeping.run();
    expect(ran).toBe(0);
    await housekeeping.run();
    expect(ran).toBe(1);
  });

  it('H2 with an allocator that knows no options they are reported afterwards', async () => {
    allocator.assignTaskNumbers = async () => NOTHING_DONE;
    registerGlobalCallback('stock', [stock], () => stock.set(1));
    expect((await housekeeping.run()).globalMetrics).toMatchObject({ accepted: 1 });
    expect(monitor.valuesOf('stock')).toEqual([1]);
  });
});
