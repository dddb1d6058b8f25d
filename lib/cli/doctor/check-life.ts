import { errorMessage } from '../../log.js';
import { Task } from '../../targets/task.js';
import { DatastoreTaskNumAllocator } from '../../task-numbers/datastore/datastore-task-num-allocator.js';
import { INSTANCE_KIND } from '../../task-numbers/datastore/instance-row.js';
import { LEASE_PATH } from '../../task-numbers/datastore/lease-row.js';
import type { RowStore } from '../../task-numbers/datastore/row-store.js';
import { ANSWER_DEADLINE_MS, type DatastoreParts } from './check-datastore.js';
import { datastoreFailure } from './datastore-failure.js';
import type { Finding } from './finding.js';

const TASK = new Task({ serviceName: 'tsmon-doctor', jobName: 'life' });
const INSTANCES = ['a', 'b'];

/**
 * Lets two instances claim, get and release a number by the allocator that applications use.
 *
 * @param parts with rows of a namespace that nothing else uses. All its rows are removed at the end.
 */
export async function checkLife({ store, clock, subject }: DatastoreParts): Promise<Finding> {
  const check = 'number-life';
  const allocator = new DatastoreTaskNumAllocator(store, { clock });
  try {
    await Promise.all(INSTANCES.map(id => allocator.notifyTaskIsAlive(TASK, id).catch(asWaiting)));
    const { assigned } = await allocator.assignTaskNumbers();
    const numbers: unknown[] = await Promise.all(
      INSTANCES.map(id => allocator.notifyTaskIsAlive(TASK, id)),
    );
    await Promise.all(INSTANCES.map(id => allocator.release(TASK, id)));
    await removeAll(store);
    const shown = numbers.toSorted().join(' and ');
    return assigned === INSTANCES.length && shown === '0 and 1'
      ? {
          check,
          status: 'ok',
          detail: `Two instances claimed, got the numbers ${shown}, and released them.`,
        }
      : {
          check,
          status: 'failed',
          detail: `Two instances should get the numbers 0 and 1, but ${assigned} of them got ${shown}.`,
        };
  } catch (error) {
    // What failed may keep the rows from being removed, too. The failure is reported, and they harm nobody.
    await removeAll(store).catch(() => undefined);
    return datastoreFailure(check, error, subject);
  }
}

/** The first claim of an instance is refused until housekeeping has run. */
function asWaiting(error: unknown): void {
  if (!(error instanceof Error && error.name === 'NoTaskNumberError')) {
    throw new Error(errorMessage(error), { cause: error });
  }
}

async function removeAll(store: RowStore): Promise<void> {
  const call = { purpose: 'to remove the rows of the check', deadlineMs: ANSWER_DEADLINE_MS };
  const rows = [...(await store.lookup([LEASE_PATH], call))];
  for await (const page of store.scan({ kind: INSTANCE_KIND }, call)) {
    rows.push(...page);
  }
  const writes = rows.flatMap(row => (row ? [{ type: 'delete' as const, row }] : []));
  await store.commit(writes, call);
}
