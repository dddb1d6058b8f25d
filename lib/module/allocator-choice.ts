import type { Clock } from '../clock/clock.js';
import {
  isDatastoreClient,
  type DatastoreClient,
} from '../task-numbers/datastore/gapic-connection.js';
import { DatastoreTaskNumAllocator } from '../task-numbers/datastore/datastore-task-num-allocator.js';
import { GapicRowStore } from '../task-numbers/datastore/gapic-row-store.js';
import { DATASTORE_NAMESPACE } from '../task-numbers/datastore/instance-row.js';
import { InMemoryTaskNumAllocator } from '../task-numbers/in-memory-task-num-allocator.js';
import type { AssignmentReport, TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import { lazyDatastoreClient } from './datastore-client.js';
import { datastoreReason } from './datastore-reason.js';
import type { StartSettings } from './start-settings.js';

/** The allocator in use, and the reason for the choice. */
export interface ChosenAllocator {
  readonly allocator: TaskNumAllocator;
  readonly reason: string;
  /** Closes the connections that were opened for the allocator. */
  close(): Promise<void>;
}

/**
 * Chooses the allocator: the given one, or Datastore if it is available, or one in memory.
 *
 * @param onSelfAssignment receives the report of each run that `selfAssign` causes.
 */
export async function chooseAllocator(
  settings: StartSettings,
  clock: Clock,
  onSelfAssignment: (report: AssignmentReport) => void,
): Promise<ChosenAllocator> {
  const { allocator, datastore, taskNumbers } = settings.options;
  const { expirationSec, selfAssign } = taskNumbers;
  if (allocator) {
    return { allocator, reason: 'option allocator', close: nothingToClose };
  }
  const reason = datastoreReason(settings.options, settings.platform);
  if (!reason) {
    return {
      allocator: new InMemoryTaskNumAllocator({ expirationSec, clock }),
      reason: 'not on Google Cloud, and no option datastore',
      close: nothingToClose,
    };
  }
  const load = isDatastoreClient(datastore)
    ? async () => datastore
    : await lazyDatastoreClient(datastore, settings.platform.projectId);
  let isClosed = false;
  const loadUnlessClosed = async (): Promise<DatastoreClient> => {
    if (isClosed) {
      throw new Error('The application has ended.');
    }
    return await load();
  };
  const rows = new GapicRowStore(loadUnlessClosed, DATASTORE_NAMESPACE);
  const ours = new DatastoreTaskNumAllocator(rows, {
    expirationSec,
    selfAssign,
    onSelfAssignment,
    clock,
  });
  const close = async (): Promise<void> => {
    // A release that waits behind a claim without an answer must not connect again: the process may be about to end.
    isClosed = true;
    await ours.close();
  };
  return { allocator: ours, reason, close };
}

/** The application closes an allocator that it has given. */
async function nothingToClose(): Promise<void> {}
