import { Logger } from '@nestjs/common';
import { vi } from 'vitest';
import { FlushPipeline } from '../../lib/flush/flush-pipeline.js';
import type { FlushMode, FlushSettings } from '../../lib/flush/flush-settings.js';
import { Flusher } from '../../lib/flush/flusher.js';
import { NumberWait } from '../../lib/flush/number-wait.js';
import { Sender } from '../../lib/flush/sender.js';
import { SettingsPoll } from '../../lib/flush/settings-poll.js';
import { HeldTaskNumber } from '../../lib/flush/held-task-number.js';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

export const task = new Task({ serviceName: 'shop', jobName: 'web' });
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;

export function createFlusher({ mode = 'request' as FlushMode, chunkSize = 0, workers = 4 } = {}) {
  const clock = new ManualClock();
  const registry = new Registry();
  const store = storeOf(registry);
  store.useClock(clock);
  const monitor = new FakeMonitor(chunkSize);
  const allocator = new InMemoryTaskNumAllocator({ clock });
  const taskNumber = new HeldTaskNumber(
    allocator,
    { task, instanceId: 'i', heartbeatSec: 300 },
    clock,
    () => store.startStreams(),
  );
  const settings = { mode, intervalSec: 60, timeoutSec: 5, workers, quietSec: 240 };
  const sender = new Sender(monitor, settings, store.sends);
  const pipeline = new FlushPipeline(registry, taskNumber, sender, settings, clock);
  const source = { calls: 0, answer: async (): Promise<Partial<FlushSettings>> => ({}) };
  const poll = new SettingsPoll(
    async () => {
      source.calls += 1;
      return { enabled: true, flush: { ...settings, ...(await source.answer()) } };
    },
    settings,
    clock,
  );
  const numberWait = new NumberWait('Look here.', clock);
  const flusher = new Flusher(pipeline, settings, numberWait, clock, poll);
  const startPolling = () =>
    poll.start({ enabled: true, flush: settings }, async ({ flush }) => flusher.useSettings(flush));
  const hits = new Counter('hits', { registry });
  return {
    clock,
    registry,
    store,
    monitor,
    allocator,
    taskNumber,
    flusher,
    hits,
    settings,
    source,
    startPolling,
  };
}

export async function createNumberedFlusher(options: Parameters<typeof createFlusher>[0] = {}) {
  const parts = createFlusher(options);
  await parts.allocator.notifyTaskIsAlive(task, 'i').catch(() => {});
  await parts.allocator.assignTaskNumbers();
  parts.flusher.start();
  return parts;
}

/** Keeps the log silent, and shows what was written to it. */
export function mockLog() {
  return {
    log: vi.spyOn(Logger.prototype, 'log').mockReturnValue(undefined),
    warn: vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined),
    error: vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined),
  };
}
