import { beforeEach, describe, expect, it } from 'vitest';
import { HousekeepingService } from '../../lib/housekeeping/housekeeping.service.js';
import { registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { settle } from '../support/settle.js';
import { NOTHING_DONE, NOTHING_REJECTED, setUp, task } from './housekeeping-setup.js';

describe('HousekeepingService', () => {
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

  it('H2 assigns numbers first, then runs the callbacks, then sends under the global target', async () => {
    const order: string[] = [];
    const assign = allocator.assignTaskNumbers.bind(allocator);
    allocator.assignTaskNumbers = async options => {
      order.push('assign');
      const report = await assign(options);
      order.push('lease given up');
      return report;
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
    expect(order).toEqual(['assign', 'callback', 'send', 'lease given up']);
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

  it("leaves global metrics out of an instance's own flush", () => {
    registerGlobalCallback('stock', [stock], () => {});
    const names = registry.instanceMetrics().map(({ name }) => name);
    expect(names).toContain('users');
    expect(names).not.toContain('stock');
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

  it('H3 reports nothing while another run is at work', async () => {
    registerGlobalCallback('stock', [stock], () => stock.set(1));
    const report = { ...NOTHING_DONE, skipped: true };
    allocator.assignTaskNumbers = async () => report;
    expect(await housekeeping.run()).toEqual(report);
    expect(monitor.calls).toEqual([]);
  });

  it('H3 makes one run of overlapping calls in a process, and a new run of the next call', async () => {
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

  describe('tsmon/instances', () => {
    const counts = (): unknown =>
      Object.fromEntries(
        storeOf(registry)
          .snapshot(registry.instanceMetrics(), task)
          .map(cell => [cell.metric.name, cell.value]),
      );

    it('counts the assignments of a run, and released claims apart from expired ones', async () => {
      allocator.assignTaskNumbers = async () => ({
        ...NOTHING_DONE,
        assigned: 4,
        expired: 3,
        released: 1,
      });
      await housekeeping.run();
      await housekeeping.run();
      expect(counts()).toEqual({
        'tsmon/instances/assigned': 8,
        'tsmon/instances/expired': 4,
        'tsmon/instances/released': 2,
      });
    });

    it('has no cell for events that did not happen', async () => {
      allocator.assignTaskNumbers = async () => NOTHING_DONE;
      await housekeeping.run();
      expect(counts()).toEqual({});
    });

    it('R1 an allocator that reports nonsense fails no run', async () => {
      allocator.assignTaskNumbers = async () =>
        ({ ...NOTHING_DONE, assigned: NaN, expired: undefined, released: 0.5 }) as never;
      await housekeeping.run();
      expect(counts()).toEqual({});
    });
  });
});
