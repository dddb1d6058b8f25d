import type { Clock } from '../../../lib/clock/clock.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import {
  DatastoreTaskNumAllocator,
  type DatastoreTaskNumAllocatorOptions,
} from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import type { AssignmentReport } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import type { EmulatedDatastore } from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';
import { ServerClockRowStore } from './server-clock-row-store.js';

export { web as task, batch } from '../contract-allocators.js';

/** A clock on which a wait is over at once: the clock is moved on to its end. */
function impatient(clock: ManualClock): Clock {
  return {
    now: () => clock.now(),
    monotonicNow: () => clock.monotonicNow(),
    after: (delayMs, callback) => {
      const timer = setTimeout(() => {
        clock.advance(delayMs);
        callback();
      });
      return () => clearTimeout(timer);
    },
  };
}

export interface Setup {
  readonly clock: ManualClock;
  readonly direct: RowStore;
  /** Sees all that the allocator asks for. */
  readonly line: FaultyRowStore;
  readonly allocator: DatastoreTaskNumAllocator;
  readonly selfAssignments: AssignmentReport[];
}

export function setUp(
  datastore: EmulatedDatastore,
  options: DatastoreTaskNumAllocatorOptions = {},
): Setup {
  const clock = new ManualClock();
  const direct = new ServerClockRowStore(datastore.rows(), undefined);
  const line = new FaultyRowStore(direct);
  const selfAssignments: AssignmentReport[] = [];
  const allocator = new DatastoreTaskNumAllocator(
    line,
    {
      clock: impatient(clock),
      onSelfAssignment: report => selfAssignments.push(report),
      ...options,
    },
    () => 1,
  );
  return { clock, direct, line, allocator, selfAssignments };
}
