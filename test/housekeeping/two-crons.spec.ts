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
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { heartbeatOf, ModelInstances, task } from '../task-numbers/datastore/model-instances.js';

/** A process with housekeeping, and a global metric that says how often it was asked for. */
function startProcess(instances: ModelInstances, service: Task) {
  const { allocator, clock } = instances.start();
  const registry = new Registry();
  storeOf(registry).useClock(clock);
  const monitor = new FakeMonitor();
  const sender = new Sender(monitor, { workers: 1 }, storeOf(registry).sends);
  const metrics = {
    global: new GlobalMetrics(registry, sender, service.toGlobal(), { timeoutSec: 5 }, clock),
    counters: new AssignmentCounters(registry),
  };
  const turn = new HousekeepingTurn({ target: () => service.withTaskNum(0) }, clock);
  const stock = new IntGauge('stock', { registry });
  registerGlobalCallback('stock', [stock], () => stock.set(1));
  const housekeeping = new HousekeepingService(allocator, () => metrics, turn);
  return { housekeeping, monitor, allocator };
}

describe('Cloud Scheduler and @Cron at the same time', () => {
  let instances: ModelInstances;
  let byClock: ReturnType<typeof startProcess>;
  let byRoute: ReturnType<typeof startProcess>;
  const reported = (): number[] => [byClock, byRoute].map(({ monitor }) => monitor.calls.length);

  beforeEach(() => {
    instances = new ModelInstances();
    byClock = startProcess(instances, task);
    byRoute = startProcess(instances, task);
  });

  it('H2 in two processes report global metrics once', async () => {
    for (let minute = 1; minute <= 3; minute++) {
      await byClock.housekeeping.tick();
      instances.advance(1000);
      expect(await byRoute.housekeeping.run()).toMatchObject({
        skipped: false,
        globalMetrics: { skipped: true, accepted: 0, rejected: 0 },
      });
      expect(reported()).toEqual([minute, 0]);
      instances.advance(59_000);
    }
  });

  it('H2 assign numbers in each of their runs', async () => {
    await byClock.housekeeping.tick();
    await heartbeatOf(byRoute);
    const report = await byRoute.housekeeping.run();
    expect(report).toMatchObject({ assigned: 1, globalMetrics: { skipped: true } });
    expect(report).not.toHaveProperty('doneElsewhere');
    expect(await heartbeatOf(byRoute)).toBe('number 0');
  });

  it('H2 in one process report both times, as its monitor keeps the points apart', async () => {
    await byClock.housekeeping.tick();
    const report = await byClock.housekeeping.run();
    expect(report.globalMetrics).toMatchObject({ accepted: 1 });
    expect(reported()).toEqual([2, 0]);
  });

  it('H2 report in the second run if the first could send nothing', async () => {
    byClock.monitor.answer = () => Promise.reject(new Error('no way out'));
    await byClock.housekeeping.tick();
    expect((await byRoute.housekeeping.run()).globalMetrics).toMatchObject({ accepted: 1 });
  });

  it('H2 of one service do not keep another service on the same rows from reporting', async () => {
    const service = new Task({ serviceName: 'shop', jobName: 'batch' });
    const another = startProcess(instances, service);
    await byClock.housekeeping.run();
    expect((await another.housekeeping.run()).globalMetrics).toMatchObject({ accepted: 1 });
    expect((await byRoute.housekeeping.run()).globalMetrics).toMatchObject({ skipped: true });
  });
});
