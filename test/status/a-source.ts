import { Registry } from '../../lib/metrics/registry.js';
import { FlushCost } from '../../lib/flush/flush-cost.js';
import { costStatus } from '../../lib/status/status-cost.js';
import { StatusReader } from '../../lib/status/status-reader.js';
import { Task } from '../../lib/targets/task.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { storeOf } from '../../lib/store/in-memory-store.js';

export const TASK = new Task({ serviceName: 'shop', jobName: 'web', hostName: 'v1' });

/** A reader of an instance that does not flush. */
export function sourceOf(registry: Registry, taskNum?: number): StatusReader {
  const service = {
    status: () => ({
      running: true,
      target: taskNum === undefined ? undefined : TASK.withTaskNum(taskNum).labels(),
      lastFlush: undefined,
      nextFlushInSec: 60,
      dropped: Object.fromEntries(storeOf(registry).dropped()),
    }),
  };
  return new StatusReader(
    service,
    registry,
    { task: TASK, instanceId: 'i-1' },
    () => ({
      platform: 'unknown',
      monitors: ['FakeMonitor'],
      allocator: 'InMemoryTaskNumAllocator',
      flushMode: 'background',
      flushIntervalSec: 60,
    }),
    () => costStatus(new FlushCost(storeOf(registry), { intervalSec: 60, quietSec: 240 }), 0.258),
    new ManualClock(1_000_000),
  );
}

/** All pieces. */
export async function piecesOf(
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of pieces) {
    all.push(piece);
  }
  return all;
}
