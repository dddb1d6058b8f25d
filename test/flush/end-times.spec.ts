import { expect, it } from 'vitest';
import { FlushPipeline } from '../../lib/flush/flush-pipeline.js';
import { Sender } from '../../lib/flush/sender.js';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import type { TaskNumAllocator } from '../../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

const task = new Task({ serviceName: 'shop', jobName: 'web' });
const signal = new AbortController().signal;

/** An instance with a clock of its own, which may be wrong. */
function startInstance(instanceId: string, allocator: TaskNumAllocator, startMs: number) {
  const clock = new ManualClock(startMs);
  const registry = new Registry();
  const store = storeOf(registry);
  store.useClock(clock);
  const claimant = { task, instanceId, heartbeatSec: 300 };
  const number = new HeldTaskNumber(allocator, claimant, clock, () => store.startStreams());
  const monitor = new FakeMonitor();
  const sender = new Sender(monitor, { workers: 1 }, store.sends);
  const pipeline = new FlushPipeline(
    registry,
    number,
    sender,
    { intervalSec: 60, quietSec: 0 },
    clock,
  );
  new Counter('hits', { registry }).add(1);
  const flush = () => pipeline.sendAll(5000);
  return { clock, number, monitor, flush, release: () => number.release(signal) };
}

it("T1 end times that a clock ahead gave between two heartbeats are before the next holder's first point", async () => {
  const housekeepingClock = new ManualClock();
  const allocator = new InMemoryTaskNumAllocator({ clock: housekeepingClock });
  const passes = async (ms: number): Promise<void> => {
    housekeepingClock.advance(ms);
    await allocator.assignTaskNumbers();
  };
  const former = startInstance('former', allocator, housekeepingClock.now());
  await expect(former.flush()).rejects.toThrow('no task number');
  await passes(0);
  await former.flush();
  former.clock.jump(250_000);
  await former.flush();
  former.clock.jump(-250_000);
  await former.release();
  const latestEnd = Math.max(...former.monitor.calls.map(({ endTime }) => endTime));

  await passes(61_000);
  const heirs = [];
  for (const id of ['first', 'second']) {
    const heir = startInstance(id, allocator, housekeepingClock.now());
    await expect(heir.flush()).rejects.toThrow('no task number');
    await passes(0);
    await heir.flush();
    heirs.push(heir);
    await passes(250_000);
  }
  const numbers = heirs.map(({ monitor }) => monitor.calls[0]!.cells[0]!.target);
  const nextHolder =
    heirs[numbers.findIndex(target => target instanceof Task && target.taskNum === 0)];
  expect(nextHolder!.monitor.calls[0]!.cells[0]!.resetTime).toBeGreaterThan(latestEnd);
});
