import { Sender } from '../../lib/flush/sender.js';
import { AssignmentCounters } from '../../lib/self/assignment-counters.js';
import { GlobalMetrics } from '../../lib/housekeeping/global-metrics.js';
import { HousekeepingTurn } from '../../lib/housekeeping/housekeeping-turn.js';
import { HousekeepingService } from '../../lib/housekeeping/housekeeping.service.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import type { AssignmentReport } from '../../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

export const task = new Task({ serviceName: 'shop', jobName: 'web', hostName: 'v1', taskNum: 7 });
export const NOTHING_REJECTED = { rejected: [] };

/** What a run reports that found nothing to do. */
export const NOTHING_DONE: AssignmentReport = {
  skipped: false,
  targets: 0,
  instances: 0,
  assigned: 0,
  expired: 0,
  durationMs: 0,
};

/** The service as the module makes it, on a clock by hand, and what stands around it. `self.taskNum` is the number of this instance. */
export function setUp() {
  const clock = new ManualClock();
  const registry = new Registry();
  storeOf(registry).useClock(clock);
  const monitor = new FakeMonitor();
  const allocator = new InMemoryTaskNumAllocator({ clock });
  const sender = new Sender(monitor, { workers: 1 }, storeOf(registry).sends);
  const self: { taskNum: number | undefined } = { taskNum: 0 };
  const taskNumber = {
    target: () => (self.taskNum === undefined ? undefined : task.withTaskNum(self.taskNum)),
  };
  const metrics = {
    global: new GlobalMetrics(registry, sender, task.toGlobal(), { timeoutSec: 5 }, clock),
    counters: new AssignmentCounters(registry),
  };
  const housekeeping = new HousekeepingService(
    allocator,
    () => metrics,
    new HousekeepingTurn(taskNumber, clock),
  );
  const stock = new IntGauge('stock', { registry });
  const users = new IntGauge('users', { fields: { tier: 'string' }, registry });
  return { clock, registry, monitor, allocator, housekeeping, stock, users, self };
}
