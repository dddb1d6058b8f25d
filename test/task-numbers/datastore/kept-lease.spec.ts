import { beforeEach, describe, expect, it } from 'vitest';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { LEASE_PATH } from '../../../lib/task-numbers/datastore/lease-row.js';
import type { AssignmentOptions } from '../../../lib/task-numbers/task-num-allocator.js';
import type { ManualClock } from '../../../lib/testing/manual-clock.js';
import { ModelRowStore } from '../model/model-row-store.js';
import { FaultyRowStore } from './faulty-row-store.js';
import { heartbeatOf, ModelInstances, task } from './model-instances.js';

const MINUTE_MS = 60_000;
/** After this time without a renewal another run may take the lease. */
const STEAL_AFTER_MS = 15_000;

/** A run of the timer, with global metrics. */
const timed: AssignmentOptions = { scan: 'when-needed', whileHeld: async () => true };

interface Instance {
  readonly allocator: DatastoreTaskNumAllocator;
  readonly clock: ManualClock;
}

describe('the lease of an only instance', () => {
  let instances: ModelInstances;
  let line: FaultyRowStore;
  let only: Instance;

  beforeEach(async () => {
    instances = new ModelInstances();
    line = new FaultyRowStore(new ModelRowStore(instances.datastore));
    only = instances.start(0, {}, line);
    await heartbeatOf(only);
    await only.allocator.assignTaskNumbers(timed);
    await heartbeatOf(only);
    instances.advance(MINUTE_MS);
    await only.allocator.assignTaskNumbers(timed);
    instances.advance(MINUTE_MS);
    line.calls.length = 0;
  });

  it('is written once a run: it is kept, and not looked up again', async () => {
    for (let minute = 0; minute < 3; minute++) {
      expect(await only.allocator.assignTaskNumbers(timed)).toMatchObject({
        skipped: false,
        instances: 1,
      });
      instances.advance(MINUTE_MS);
    }
    expect(line.calls).toEqual(['commit', 'exists', 'commit', 'exists', 'commit', 'exists']);
  });

  it('T1 can be taken by another process when it is silent, and the next run finds out', async () => {
    const other = instances.start();
    await heartbeatOf(other, 'j');
    expect(await other.allocator.assignTaskNumbers(timed)).toMatchObject({ assigned: 1 });
    expect(await heartbeatOf(other, 'j')).toBe('number 1');
    expect(await only.allocator.assignTaskNumbers(timed)).toMatchObject({
      skipped: false,
      instances: 2,
    });
    expect(line.calls.slice(0, 2)).toEqual(['commit', 'lookup']);
  });

  it('T1 is not taken by another process before it is silent', async () => {
    await only.allocator.assignTaskNumbers(timed);
    const other = instances.start();
    instances.advance(STEAL_AFTER_MS - 1);
    expect(await other.allocator.assignTaskNumbers()).toMatchObject({ skipped: true });
    instances.advance(1);
    expect(await other.allocator.assignTaskNumbers()).toMatchObject({ skipped: false });
  });

  it('is released when another instance appears', async () => {
    const other = instances.start();
    await heartbeatOf(other, 'j');
    expect(await only.allocator.assignTaskNumbers(timed)).toMatchObject({ assigned: 1 });
    expect(await other.allocator.assignTaskNumbers()).toMatchObject({ skipped: false });
  });

  it('is released with the task number', async () => {
    await only.allocator.assignTaskNumbers(timed);
    await only.allocator.release(task, 'i');
    const other = instances.start();
    expect(await other.allocator.assignTaskNumbers()).toMatchObject({ skipped: false });
  });

  it('T1 is not trusted when its row is gone', async () => {
    const claims = instances.datastore.rows('Instance').map(({ path }) => path);
    [LEASE_PATH, ...claims].forEach(path => instances.datastore.remove(path));
    expect(await only.allocator.assignTaskNumbers(timed)).toMatchObject({ emptied: true });
  });

  it('is read again when another run of the process has used it', async () => {
    const runs = [0, 1].map(() => only.allocator.assignTaskNumbers(timed));
    expect((await Promise.all(runs)).filter(({ skipped }) => !skipped)).not.toEqual([]);
    instances.advance(MINUTE_MS);
    expect(await only.allocator.assignTaskNumbers(timed)).toMatchObject({ skipped: false });
  });

  it('T1 is not taken twice when the answer to the taking is lost', async () => {
    line.next('commit', { type: 'reply lost' }, /take the lease/);
    expect(await only.allocator.assignTaskNumbers(timed)).toMatchObject({ skipped: false });
    expect(line.calls.slice(0, 2)).toEqual(['commit', 'lookup']);
  });
});
