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

  it('H2 run no callback if the lease was lost before, and the report says so', async () => {
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

  it('H2 are not sent if the lease was lost during the callbacks, and the next run discards them', async () => {
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

  it('H2 check the lease synchronously before each chunk is sent', async () => {
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

  it('H2 do nothing under the lease if there are no global callbacks', async () => {
    const report = await housekeeping.run();
    expect(given).toMatchObject({ scan: 'when-needed', unlessFinishedWithinSec: 0 });
    expect(given?.whileHeld).toBeUndefined();
    expect(report.globalMetrics).toMatchObject({ accepted: 0, rejected: 0, reasons: [] });
  });

  it('H2 that a run left unsent are discarded also if their callback was unregistered since', async () => {
    const unregister = registerGlobalCallback('stock', [stock], () => stock.set(1));
    monitor.answer = () => Promise.reject(new Error('down'));
    await housekeeping.run();
    unregister();
    await housekeeping.run();
    expect(stock.get()).toBeUndefined();
  });

  it('H2 of a callback that is registered while no lease is held wait for the next run', async () => {
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

  it('H2 are reported afterwards with an allocator that ignores options', async () => {
    allocator.assignTaskNumbers = async () => NOTHING_DONE;
    registerGlobalCallback('stock', [stock], () => stock.set(1));
    expect((await housekeeping.run()).globalMetrics).toMatchObject({ accepted: 1 });
    expect(monitor.valuesOf('stock')).toEqual([1]);
  });
});
