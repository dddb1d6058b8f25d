import { beforeEach, describe, expect, it } from 'vitest';
import { Sender } from '../../lib/flush/sender.js';
import { GlobalMetrics } from '../../lib/housekeeping/global-metrics.js';
import { HousekeepingService } from '../../lib/housekeeping/housekeeping.service.js';
import { registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { settle } from '../support/settle.js';

const task = new Task({ serviceName: 'shop', jobName: 'web', hostName: 'v1', taskNum: 7 });
const NOTHING_REJECTED = { rejected: [] };

describe('HousekeepingService', () => {
  let clock: ManualClock;
  let registry: Registry;
  let monitor: FakeMonitor;
  let allocator: InMemoryTaskNumAllocator;
  let housekeeping: HousekeepingService;
  let stock: IntGauge;
  let users: IntGauge<{ tier: 'string' }>;

  beforeEach(() => {
    clock = new ManualClock();
    registry = new Registry();
    storeOf(registry).useClock(clock);
    monitor = new FakeMonitor();
    allocator = new InMemoryTaskNumAllocator({ clock });
    const sender = new Sender(monitor, 1);
    housekeeping = new HousekeepingService(
      allocator,
      new GlobalMetrics(registry, sender, task.toGlobal(), 5000, clock),
    );
    stock = new IntGauge('stock', { registry });
    users = new IntGauge('users', { fields: { tier: 'string' }, registry });
  });

  it('H2 assigns numbers first, then runs the callbacks, then sends under the global target', async () => {
    const order: string[] = [];
    const assign = allocator.assignTaskNumbers.bind(allocator);
    allocator.assignTaskNumbers = () => {
      order.push('assign');
      return assign();
    };
    monitor.answer = () => {
      order.push('send');
      return NOTHING_REJECTED;
    };
    registerGlobalCallback('stock', [stock], async () => {
      order.push('callback');
      await settle();
      stock.set(12);
    });
    await allocator.notifyTaskIsAlive(task, 'i').catch(() => {});
    expect(await housekeeping.run()).toMatchObject({
      skipped: false,
      assigned: 1,
      globalMetrics: { failedCallbacks: [], accepted: 1, rejected: 0, reasons: [] },
    });
    expect(order).toEqual(['assign', 'callback', 'send']);
    expect(monitor.calls[0]!.cells[0]!.target.labels()).toEqual({
      service_name: 'shop',
      job_name: 'web',
      data_center: '',
      host_name: '',
      task_num: 0,
    });
  });

  it('H2 a callback that throws, and one that hangs, stop no other, and are named', async () => {
    registerGlobalCallback('throws', [users], () => {
      users.set(1, { tier: 'free' });
      throw new Error('no');
    });
    registerGlobalCallback('rejects', [users], () => Promise.reject(new Error('no')));
    registerGlobalCallback('hangs', [users], () => new Promise(() => {}));
    registerGlobalCallback('works', [stock], () => stock.set(3));
    const run = housekeeping.run();
    await settle();
    clock.advance(10_000);
    const { globalMetrics } = await run;
    expect(globalMetrics?.failedCallbacks).toEqual(['throws', 'rejects', 'hangs']);
    expect(monitor.valuesOf('stock')).toEqual([3]);
  });

  it('F4 a global metric is cleared only after its point was accepted', async () => {
    registerGlobalCallback('stock', [stock], () => {});
    stock.set(5);
    monitor.answer = () => Promise.reject(new Error('down'));
    expect((await housekeeping.run()).globalMetrics).toMatchObject({ accepted: 0, rejected: 1 });
    expect(stock.get()).toBe(5);
    stock.set(6);
    monitor.answer = () => NOTHING_REJECTED;
    await housekeeping.run();
    expect(stock.get()).toBeUndefined();
    expect(monitor.valuesOf('stock')).toEqual([5, 6]);
  });

  it('F4 a value set while the last one was being sent is kept for the next run', async () => {
    registerGlobalCallback('stock', [stock], () => {});
    stock.set(5);
    monitor.answer = () => {
      stock.set(6);
      return NOTHING_REJECTED;
    };
    await housekeeping.run();
    expect(stock.get()).toBe(6);
  });

  it('H2 drops what an earlier run left unsent before its callbacks run', async () => {
    let tier = 'gone';
    registerGlobalCallback('users', [users], () => users.set(1, { tier }));
    monitor.answer = () => Promise.reject(new Error('down'));
    await housekeeping.run();
    tier = 'new';
    monitor.answer = () => NOTHING_REJECTED;
    await housekeeping.run();
    expect(monitor.calls.at(-1)!.cells.map(({ fieldValues }) => fieldValues)).toEqual([['new']]);
  });

  it('global metrics are no part of what an instance sends for itself', () => {
    registerGlobalCallback('stock', [stock], () => {});
    expect(registry.instanceMetrics().map(({ name }) => name)).toEqual(['users']);
  });

  it('fails when numbers could not be assigned, and runs no callback then', async () => {
    let ran = false;
    registerGlobalCallback('stock', [stock], () => {
      ran = true;
    });
    allocator.assignTaskNumbers = () => Promise.reject(new Error('UNAVAILABLE'));
    await expect(housekeeping.run()).rejects.toThrow('UNAVAILABLE');
    expect(ran).toBe(false);
  });

  it('H3 reports nothing where another run is at work', async () => {
    registerGlobalCallback('stock', [stock], () => stock.set(1));
    const report = { skipped: true, targets: 0, instances: 0, assigned: 0, expired: 0 };
    allocator.assignTaskNumbers = async () => ({ ...report, durationMs: 0 });
    expect(await housekeeping.run()).toEqual({ ...report, durationMs: 0 });
    expect(monitor.calls).toEqual([]);
  });

  it('H3 calls that overlap in one process are one run, and the next one is another', async () => {
    let runs = 0;
    const assign = allocator.assignTaskNumbers.bind(allocator);
    allocator.assignTaskNumbers = async () => {
      runs += 1;
      await settle();
      return assign();
    };
    const [first, second] = await Promise.all([housekeeping.run(), housekeeping.run()]);
    expect(second).toBe(first);
    expect(runs).toBe(1);
    await housekeeping.run();
    expect(runs).toBe(2);
  });
});
