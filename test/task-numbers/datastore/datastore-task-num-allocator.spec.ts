import { describe, expect, it } from 'vitest';
import { Task } from '../../../lib/targets/task.js';
import {
  DatastoreTaskNumAllocator,
  type DatastoreTaskNumAllocatorOptions,
} from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { allocatorContract } from '../allocator-contract.js';
import { allRows, describeOnEmulators, rowOf } from './emulated-datastore.js';

const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' });

describeOnEmulators('DatastoreTaskNumAllocator', datastore => {
  allocatorContract('DatastoreTaskNumAllocator', options => {
    const tested = new DatastoreTaskNumAllocator(datastore.client(), options);
    return { allocator: tested, close: () => tested.close() };
  });

  /** As a process of its own. */
  function allocator(
    options: DatastoreTaskNumAllocatorOptions,
    client = datastore.client(),
  ): DatastoreTaskNumAllocator {
    return datastore.closing(new DatastoreTaskNumAllocator(client, options));
  }

  it('T5 rows have the namespace, kind, id and properties of luci-go', async () => {
    const clock = new ManualClock(Date.UTC(2026, 4, 3, 2, 1, 0) + 123);
    const ours = allocator({ clock, expirationSec: 600 });
    await expect(ours.notifyTaskIsAlive(task, 'i-1')).rejects.toThrow(NoTaskNumberError);
    const client = datastore.client();
    const key = client.key({
      namespace: DATASTORE_NAMESPACE,
      path: ['Instance', 'eu|shop|web|v1|i-1'],
    });
    const read = async (): Promise<Record<string, unknown>> =>
      Object.fromEntries(Object.entries((await client.get(key))[0]));
    expect(await read()).toEqual({
      target: 'eu|shop|web|v1',
      task_num: -1,
      last_updated: new Date(clock.now()),
      expiration_sec: 600,
    });
    await ours.assignTaskNumbers();
    expect(await read()).toMatchObject({
      task_num: 0,
      last_updated: new Date(clock.now()),
    });
    expect(DATASTORE_NAMESPACE).toBe('ts_mon_instance_namespace');
  });

  it('only waiting and released claims are indexed, and only by their number', async () => {
    const ours = allocator({ clock: new ManualClock() });
    const rows = datastore.rows();
    const indexed = async (): Promise<string[]> =>
      (await allRows(rows)).flatMap(({ properties }) =>
        Object.keys(properties).filter(name => !properties[name]?.excludeFromIndexes),
      );
    await ours.notifyTaskIsAlive(task, 'i').catch(() => undefined);
    expect(await indexed()).toEqual(['task_num']);
    await ours.assignTaskNumbers();
    expect(await indexed()).toEqual([]);
    await ours.notifyTaskIsAlive(task, 'i');
    expect(await indexed()).toEqual([]);
    await ours.release(task, 'i');
    expect(await indexed()).toEqual(['task_num']);
  });

  it('the namespace of the given client does not matter', async () => {
    const clock = new ManualClock();
    const one = allocator({ clock }, datastore.client({ namespace: 'of-the-app' }));
    await one.notifyTaskIsAlive(task, 'i').catch(() => undefined);
    expect(await allocator({ clock }).assignTaskNumbers()).toMatchObject({ assigned: 1 });
    expect(await allRows(datastore.rows('of-the-app'))).toEqual([]);
  });

  it('works in a named database, and sees the rows of no other', async () => {
    const clock = new ManualClock();
    const databaseId = 'named-db';
    const named = allocator({ clock }, datastore.client({ databaseId }));
    await named.notifyTaskIsAlive(task, 'i').catch(() => undefined);
    expect(await named.assignTaskNumbers()).toMatchObject({ instances: 1, assigned: 1 });
    expect(await named.notifyTaskIsAlive(task, 'i')).toBe(0);
    const key = `${task.group}|i`;
    expect(await rowOf(datastore.rows(DATASTORE_NAMESPACE, { databaseId }), key)).toBeDefined();
    expect(await rowOf(datastore.rows(), key)).toBeUndefined();
    await named.release(task, 'i');
  });

  it('H3 a named database has a lease of its own, under which runs exclude each other', async () => {
    const clock = new ManualClock();
    const inNamed = (): DatastoreTaskNumAllocator =>
      allocator({ clock, selfAssign: true }, datastore.client({ databaseId: 'named-db' }));
    const [one, other, elsewhere] = [inNamed(), inNamed(), allocator({ clock })];
    let calls = 0;
    const whileHeld = async (isHeld: () => boolean): Promise<void> => {
      calls++;
      expect(isHeld()).toBe(true);
      expect(await other.assignTaskNumbers()).toMatchObject({ skipped: true });
      expect(await elsewhere.assignTaskNumbers()).toMatchObject({ skipped: false });
    };
    expect(await one.assignTaskNumbers({ whileHeld })).toMatchObject({ skipped: false });
    expect(calls).toBe(1);
    expect(await other.assignTaskNumbers()).toMatchObject({ skipped: false });
    expect(await one.assignTaskNumbers({ scan: 'when-needed' })).toMatchObject({ skipped: false });
  });

  it('selfAssign works in a named database', async () => {
    const one = allocator({ selfAssign: true }, datastore.client({ databaseId: 'named-db' }));
    expect(await one.notifyTaskIsAlive(task, 'i')).toBe(0);
  });

  it('H3 rows of a lease are of another kind than claims, and luci-go sees none', async () => {
    const ours = allocator({ clock: new ManualClock() });
    await ours.assignTaskNumbers();
    expect(await allRows(datastore.rows())).toEqual([]);
    const [lease] = await allRows(datastore.rows(), 'HousekeepingLease');
    expect(lease?.path).toEqual([
      expect.objectContaining({ kind: 'HousekeepingLease', name: 'lease' }),
    ]);
    const indexed = Object.values(lease?.properties ?? {}).filter(
      value => !value.excludeFromIndexes,
    );
    expect(indexed).toEqual([]);
  });

  it('processes with clocks that differ by minutes share the rows', async () => {
    const ahead = allocator({ clock: new ManualClock(Date.UTC(2026, 0, 1, 0, 10)) });
    const behind = allocator({ clock: new ManualClock(Date.UTC(2026, 0, 1, 0, 0)) });
    await ahead.notifyTaskIsAlive(task, 'a').catch(() => undefined);
    await behind.notifyTaskIsAlive(task, 'b').catch(() => undefined);
    expect(await behind.assignTaskNumbers()).toMatchObject({ assigned: 2, expired: 0 });
    expect(await ahead.notifyTaskIsAlive(task, 'a')).toBe(0);
    expect(await behind.notifyTaskIsAlive(task, 'b')).toBe(1);
  });

  it('T3 a claim is judged by the expiry that it carries, not by that of the housekeeping service', async () => {
    const clock = new ManualClock();
    const patient = allocator({ clock, expirationSec: 3600 });
    const hasty = allocator({ clock, expirationSec: 60 });
    await patient.notifyTaskIsAlive(task, 'patient').catch(() => undefined);
    await hasty.notifyTaskIsAlive(task, 'hasty').catch(() => undefined);
    await hasty.assignTaskNumbers();
    clock.advance(61_000);
    expect(await hasty.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 1 });
    expect(await patient.notifyTaskIsAlive(task, 'patient')).toBe(1);
    clock.advance(3_600_001);
    expect(await hasty.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
  });

  it('T3 heartbeats that land during a run are never lost, however they interleave', async () => {
    const clock = new ManualClock();
    const ids = Array.from({ length: 20 }, (_, i) => `i${i}`);
    const processes = ids.map(id => ({ id, allocator: allocator({ clock, expirationSec: 60 }) }));
    const housekeeping = allocator({ clock });
    const beat = async (): Promise<(number | undefined)[]> =>
      await Promise.all(
        processes.map(one => one.allocator.notifyTaskIsAlive(task, one.id).catch(() => undefined)),
      );
    await beat();
    await housekeeping.assignTaskNumbers();
    for (let round = 0; round < 5; round++) {
      clock.advance(61_000);
      const [, during] = await Promise.all([housekeeping.assignTaskNumbers(), beat()]);
      const alive = (await allRows(datastore.rows())).map(row => row.path[0]?.name);
      // Who was told a number still has its row; who lost it was told so.
      for (const [index, taskNum] of during.entries()) {
        if (taskNum !== undefined) {
          expect(alive).toContain(`${task.group}|${ids[index]}`);
        }
      }
      await housekeeping.assignTaskNumbers();
      const numbers = await beat();
      expect(numbers).not.toContain(undefined);
      expect(new Set(numbers).size).toBe(ids.length);
    }
  });

  it('goes on after close', async () => {
    const ours = allocator({ clock: new ManualClock() });
    await ours.notifyTaskIsAlive(task, 'i').catch(() => undefined);
    await ours.close();
    await ours.close();
    expect(await ours.assignTaskNumbers()).toMatchObject({ assigned: 1 });
  });
});

describe('DatastoreTaskNumAllocator', () => {
  it('connects to nothing before it is used, and closes then too', async () => {
    const client = {
      options: {},
      auth: {},
      getProjectId: () => Promise.reject(new Error('asked for the project')),
    };
    const allocator = new DatastoreTaskNumAllocator(client);
    await allocator.close();
    expect(allocator.expirationSec).toBe(1800);
  });
});
