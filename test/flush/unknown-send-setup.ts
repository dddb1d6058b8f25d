import { FlushPipeline } from '../../lib/flush/flush-pipeline.js';
import { Sender } from '../../lib/flush/sender.js';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { unknownSendsReporter } from '../../lib/self/reporters.js';
import { registerCallback } from '../../lib/metrics/callbacks.js';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { TaskNumAllocator } from '../../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

export const task = new Task({ serviceName: 'shop', jobName: 'web' });
export const TIMEOUT_MS = 5000;
export const ACCEPTED = { rejected: [] };
export const unavailable = (): Promise<never> => Promise.reject(new Error('UNAVAILABLE'));

/** Gives another number whenever the test says so. */
export class ChangingAllocator extends TaskNumAllocator {
  readonly expirationSec = 1800;
  taskNum = 0;

  async notifyTaskIsAlive(): Promise<number> {
    return this.taskNum;
  }

  assignTaskNumbers(): never {
    throw new Error('not asked for here');
  }

  async release(): Promise<void> {}
}

export function setUp(chunkSize = 0) {
  const clock = new ManualClock();
  const registry = new Registry();
  const store = storeOf(registry);
  store.useClock(clock);
  const monitor = new FakeMonitor(chunkSize);
  const allocator = new ChangingAllocator();
  const taskNumber = new HeldTaskNumber(
    allocator,
    { task, instanceId: 'i', heartbeatSec: 300 },
    clock,
    () => store.startStreams(),
  );
  const sender = new Sender(monitor, { workers: 1 }, store.sends);
  const pipeline = new FlushPipeline(
    registry,
    taskNumber,
    sender,
    { intervalSec: 60, quietSec: 0 },
    clock,
  );
  registerCallback(unknownSendsReporter(registry), { registry });
  const hits = new Counter('hits', { registry });

  const flush = async () => {
    clock.advance(1000);
    return pipeline.sendAll(TIMEOUT_MS);
  };
  const flushUnder = (answer: FakeMonitor['answer']) => {
    monitor.answer = answer;
    return flush();
  };
  /** The number changes with the next flush. */
  const changeNumber = (answer: FakeMonitor['answer'] = () => ACCEPTED) => {
    allocator.taskNum += 1;
    clock.advance(300_000);
    return flushUnder(answer);
  };
  const reported = (): unknown => monitor.valuesOf('tsmon/unknown_sends').at(-1);
  return {
    clock,
    registry,
    store,
    monitor,
    allocator,
    pipeline,
    taskNumber,
    hits,
    flush,
    flushUnder,
    changeNumber,
    reported,
  };
}
