import { beforeEach, describe, expect, it } from 'vitest';
import { Sender } from '../../lib/flush/sender.js';
import { AssignmentCounters } from '../../lib/self/assignment-counters.js';
import { GlobalMetrics } from '../../lib/housekeeping/global-metrics.js';
import { HousekeepingTurn } from '../../lib/housekeeping/housekeeping-turn.js';
import { HousekeepingService } from '../../lib/housekeeping/housekeeping.service.js';
import { registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import type {
  AssignmentOptions,
  AssignmentReport,
} from '../../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { settle } from '../support/settle.js';

const task = new Task({ serviceName: 'shop', jobName: 'web', hostName: 'v1', taskNum: 7 });
const NOTHING_REJECTED = { rejected: [] };
const NOTHING_DONE: AssignmentReport = {
  skipped: false,
  targets: 0,
  instances: 0,
  assigned: 0,
  expired: 0,
  durationMs: 0,
};

describe('HousekeepingService', () => {
  let clock: ManualClock;
  let registry: Registry;
  let monitor: FakeMonitor;
  let allocator: InMemoryTaskNumAllocator;
  let housekeeping: HousekeepingService;
  let stock: IntGauge;
  let users: IntGauge<{ tier: 'string' }>;
  let ownNumber: number | undefined;

  beforeEach(() => {
    clock = new ManualClock();
    registry = new Registry();
    storeOf(registry).useClock(clock);
    monitor = new FakeMonitor();
    allocator = new InMemoryTaskNumAllocator({ clock });
    const sender = new Sender(monitor, { workers: 1 }, storeOf(registry).sends);
    ownNumber = 0;
    const taskNumber = {
      target: () => (ownNumber === undefined ? undefined : task.withTaskNum(ownNumber)),
    };
    const metrics = {
      global: new GlobalMetrics(registry, sender, task.toGlobal(), { timeoutSec: 5 }, clock),
      counters: new AssignmentCounters(registry),
    };
    housekeeping = new HousekeepingService(
      allocator,
      () => metrics,
      new HousekeepingTurn(taskNumber, clock),
    );
    stock = new IntGauge('stock', { registry });
    users = new IntGauge('users', { fields: { tier: 'string' }, registry });
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

  it('global metrics are no part of what an instance sends for itself', () => {
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

  it('H3 reports nothing where another run is at work', async () => {
    registerGlobalCallback('stock', [stock], () => stock.set(1));
    const report = { ...NOTHING_DONE, skipped: true };
    allocator.assignTaskNumbers = async () => report;
    expect(await housekeeping.run()).toEqual(report);
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

  describe('global metrics under the lease', () => {
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

  describe('by the clock', () => {
    const MINUTE_MS = 60_000;
    let runs: (AssignmentOptions | undefined)[];
    let skipped: boolean;

    beforeEach(() => {
      runs = [];
      skipped = false;
      allocator.assignTaskNumbers = async options => {
        runs.push(options);
        return { ...NOTHING_DONE, skipped };
      };
    });

    async function tickEveryMinute(minutes: number): Promise<void> {
      for (let minute = 0; minute < minutes; minute++) {
        await housekeeping.tick();
        clock.advance(MINUTE_MS);
      }
    }

    it.each([0, 1, 2, undefined])('H3 an instance with the number %s runs it', async taskNum => {
      ownNumber = taskNum;
      await tickEveryMinute(3);
      expect(runs).toHaveLength(3);
      expect(runs[0]?.unlessFinishedWithinSec).toBe(45);
    });

    it('H3 an instance whose number is not small leaves it to the others', async () => {
      ownNumber = 3;
      await tickEveryMinute(10);
      expect(runs).toHaveLength(0);
    });

    it('H3 an instance whose number is not small runs it when no run was known for ten minutes', async () => {
      ownNumber = 3;
      await tickEveryMinute(31);
      expect(runs).toHaveLength(3);
      ownNumber = 4;
      await tickEveryMinute(10);
      expect(runs).toHaveLength(3);
    });

    it.each([false, true])('H3 a run by hand is known, skipped: %s', async isSkipped => {
      ownNumber = 3;
      skipped = isSkipped;
      await tickEveryMinute(9);
      await housekeeping.run();
      runs = [];
      await tickEveryMinute(10);
      expect(runs).toHaveLength(0);
      await tickEveryMinute(1);
      expect(runs).toHaveLength(1);
    });

    it('H3 does nothing within 45 s of a finished run', async () => {
      await housekeeping.run();
      clock.advance(44_999);
      await housekeeping.tick();
      expect(runs).toHaveLength(1);
      clock.advance(1);
      await housekeeping.tick();
      expect(runs).toHaveLength(2);
    });

    it('H3 a run that was skipped, or failed, has not finished', async () => {
      skipped = true;
      await housekeeping.tick();
      await housekeeping.tick();
      expect(runs).toHaveLength(2);
      allocator.assignTaskNumbers = async options => {
        runs.push(options);
        throw new Error('UNAVAILABLE');
      };
      await expect(housekeeping.tick()).rejects.toThrow('UNAVAILABLE');
      await expect(housekeeping.tick()).rejects.toThrow('UNAVAILABLE');
      expect(runs).toHaveLength(4);
    });

    it('H3 a run by hand always tries: it does not make do with what the clock began', async () => {
      let finish: () => void = () => {};
      allocator.assignTaskNumbers = async options => {
        runs.push(options);
        await new Promise<void>(resolve => (finish = resolve));
        return NOTHING_DONE;
      };
      const byClock = housekeeping.tick();
      const byHand = housekeeping.run();
      await housekeeping.tick();
      expect(runs.map(options => options?.unlessFinishedWithinSec)).toEqual([45]);
      finish();
      await byClock;
      await settle();
      expect(runs.map(options => options?.unlessFinishedWithinSec)).toEqual([45, 0]);
      finish();
      await byHand;
    });
  });

  describe('tsmon/instances', () => {
    const counts = (): unknown =>
      Object.fromEntries(
        storeOf(registry)
          .snapshot(registry.instanceMetrics(), task)
          .map(cell => [cell.metric.name, cell.value]),
      );

    it('counts what a run did; what was released is not counted as expired', async () => {
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

    it('has no cell for what did not happen', async () => {
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
