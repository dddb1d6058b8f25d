import { Task } from '../../../lib/targets/task.js';
import {
  DatastoreTaskNumAllocator,
  type DatastoreTaskNumAllocatorOptions,
} from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { ModelDatastore, type ConcurrencyMode } from '../model/model-datastore.js';
import { ModelRowStore } from '../model/model-row-store.js';

export const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu' });

const START_MS = Date.UTC(2026, 0, 1);

/** Processes with clocks of their own around one Datastore in memory, whose clock is right. */
export class ModelInstances {
  private readonly clocks: ManualClock[] = [];
  private nowMs = START_MS;
  readonly datastore: ModelDatastore;

  /** @param mode `pessimistic` tells server times, the others do not. */
  constructor(mode: ConcurrencyMode = 'pessimistic') {
    this.datastore = new ModelDatastore({ mode, nowMs: () => this.nowMs });
  }

  /** A process whose clock is ahead by so much; behind where it is negative. */
  start(
    aheadMs = 0,
    options: DatastoreTaskNumAllocatorOptions = {},
    store: RowStore = new ModelRowStore(this.datastore),
  ): { allocator: DatastoreTaskNumAllocator; clock: ManualClock } {
    const clock = new ManualClock(this.nowMs + aheadMs);
    this.clocks.push(clock);
    return { allocator: new DatastoreTaskNumAllocator(store, { clock, ...options }), clock };
  }

  /** Time passes for all. */
  advance(ms: number): void {
    this.nowMs += ms;
    this.clocks.forEach(clock => clock.advance(ms));
  }
}

/** What a heartbeat says: the number, or the message of its error. */
export async function heartbeatOf(
  { allocator }: { allocator: DatastoreTaskNumAllocator },
  id = 'i',
): Promise<string> {
  return await allocator.notifyTaskIsAlive(task, id).then(
    taskNum => `number ${taskNum}`,
    (error: Error) => error.message,
  );
}
