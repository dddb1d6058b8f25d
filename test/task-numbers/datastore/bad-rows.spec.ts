import { Datastore } from '@google-cloud/datastore';
import { expect, it } from 'vitest';
import { Task } from '../../../lib/targets/task.js';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { allRows, describeOnEmulators, rowOf } from './emulated-datastore.js';

const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' });
const { group } = task;
const GO_PROPERTIES = ['target', 'task_num', 'last_updated'];

describeOnEmulators('rows of others', datastore => {
  const clock = new ManualClock();

  function allocator(): DatastoreTaskNumAllocator {
    return datastore.closing(new DatastoreTaskNumAllocator(datastore.client(), { clock }));
  }

  /** Writes a row as luci-go does: no property is indexed, and there is no expiration_sec. */
  async function writeGoRow(key: string, data: Record<string, unknown>): Promise<void> {
    const client = datastore.client();
    await client.save({
      key: client.key({ namespace: DATASTORE_NAMESPACE, path: ['Instance', key] }),
      data: { target: group, task_num: -1, last_updated: new Date(clock.now()), ...data },
      excludeFromIndexes: GO_PROPERTIES,
    });
  }

  /** Each row's number by its key; undefined for one that is no integer. */
  async function numbers(): Promise<Record<string, string | number | undefined>> {
    const rows = await allRows(datastore.rows());
    return Object.fromEntries(
      rows.map(({ path, properties }) => [
        path[0]?.name?.slice(group.length + 1),
        properties.task_num?.integerValue,
      ]),
    );
  }

  it('T5 Go instances are given numbers, keep them, and expire after 1800 seconds', async () => {
    await writeGoRow(`${group}|go-held`, { task_num: 1 });
    await writeGoRow(`${group}|go-waiting`, {});
    await writeGoRow('legacy', { target: '', task_num: 0 });
    const ours = allocator();
    await ours.notifyTaskIsAlive(task, 'node').catch(() => undefined);
    expect(await ours.assignTaskNumbers()).toMatchObject({
      targets: 2,
      instances: 4,
      assigned: 2,
      expired: 0,
    });
    expect(await numbers()).toMatchObject({ 'go-held': '1', 'go-waiting': '0', node: '2' });
    const row = await rowOf(datastore.rows(), `${group}|go-waiting`);
    expect(Object.keys(row?.properties ?? {}).sort()).toEqual(GO_PROPERTIES.toSorted());

    clock.advance(1_800_000);
    await ours.notifyTaskIsAlive(task, 'node');
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 4, expired: 0 });
    clock.advance(1);
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 3 });
  });

  it('T5 properties that we do not know survive a heartbeat, an assignment and a release', async () => {
    const ours = allocator();
    await ours.notifyTaskIsAlive(task, 'i').catch(() => undefined);
    const client = datastore.client();
    const extra = {
      text: 'x',
      nothing: null,
      flag: false,
      ratio: client.double(2),
      big: client.int('9223372036854775807'),
      when: new Date(1),
      bytes: Buffer.from([0, 255]),
      where: client.geoPoint({ latitude: 1.5, longitude: -2 }),
      other: client.key(['Kind', 12]),
      list: [1, 'two', false],
      empty: [],
      nested: { deep: { deeper: 'x' }, list: [3] },
    };
    const key = client.key({ namespace: DATASTORE_NAMESPACE, path: ['Instance', `${group}|i`] });
    await writeGoRow(`${group}|i`, extra);
    const before = (await rowOf(datastore.rows(), `${group}|i`))?.properties;

    await ours.assignTaskNumbers();
    expect(await ours.notifyTaskIsAlive(task, 'i')).toBe(0);
    clock.advance(1000);
    expect(await ours.notifyTaskIsAlive(task, 'i')).toBe(0);
    await ours.release(task, 'i');

    const after = (await rowOf(datastore.rows(), `${group}|i`))?.properties ?? {};
    const { target, task_num, last_updated, expiration_sec, released, ...others } = after;
    expect(released?.booleanValue).toBe(true);
    expect({ ...before, task_num: 0, last_updated: 0 }).toMatchObject({ ...others, target });
    expect(Object.keys(others).sort()).toEqual(Object.keys(extra).sort());
    expect([task_num?.integerValue, expiration_sec?.integerValue]).toEqual(['0', '1800']);
    expect(last_updated?.excludeFromIndexes).toBe(true);
    const [entity] = await client.get(key, { wrapNumbers: true });
    expect(entity).toMatchObject({ text: 'x', nested: { deep: { deeper: 'x' } }, empty: [] });
  });

  it('the number of a row with a bad heartbeat counts as used, and the row expires from now', async () => {
    await writeGoRow(`${group}|missing`, { task_num: 0, last_updated: undefined });
    await writeGoRow(`${group}|mistyped`, { task_num: 1, last_updated: 'yesterday' });
    await writeGoRow(`${group}|number`, { task_num: 2, last_updated: clock.now() });
    await writeGoRow(`${group}|future`, { task_num: 3, last_updated: new Date('9999-12-31') });
    await writeGoRow(`${group}|null`, { task_num: 4, last_updated: null });
    const ours = allocator();
    await ours.notifyTaskIsAlive(task, 'new').catch(() => undefined);
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 6, assigned: 1, expired: 0 });
    expect(await numbers()).toEqual({
      missing: '0',
      mistyped: '1',
      number: '2',
      future: '3',
      null: '4',
      new: '5',
    });
    clock.advance(1_800_000);
    await ours.notifyTaskIsAlive(task, 'new');
    expect(await ours.assignTaskNumbers()).toMatchObject({ expired: 0 });
    clock.advance(1);
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 5 });
  });

  it('a row whose number no instance can use is given another', async () => {
    const beyond = Datastore.int('9223372036854775807');
    const unsafe = Datastore.int('9007199254740993');
    const unusable = [beyond, unsafe, 2 ** 31, -1, -7, '3', 3.5, null, true, undefined];
    for (const [i, task_num] of unusable.entries()) {
      await writeGoRow(`${group}|${i}`, { task_num });
    }
    await writeGoRow(`${group}|huge`, { task_num: 2 ** 31 - 1 });
    await writeGoRow(`${group}|held`, { task_num: 4 });
    expect(await allocator().assignTaskNumbers()).toMatchObject({ instances: 12, assigned: 10 });
    const given = Object.values(await numbers()).map(Number);
    expect(given.toSorted((a, b) => a - b)).toEqual([
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      2 ** 31 - 1,
    ]);
    expect(await numbers()).toMatchObject({ held: '4', huge: String(2 ** 31 - 1) });
  });

  it('a row whose target is missing, mistyped or of another group counts in the group of its key', async () => {
    await writeGoRow(`${group}|missing`, { task_num: 0, target: undefined });
    await writeGoRow(`${group}|mistyped`, { task_num: 1, target: 5 });
    await writeGoRow(`${group}|elsewhere`, { task_num: 2, target: 'a|b|c|d' });
    const ours = allocator();
    await ours.notifyTaskIsAlive(task, 'new').catch(() => undefined);
    expect(await ours.assignTaskNumbers()).toMatchObject({ targets: 1, assigned: 1 });
    expect(await ours.notifyTaskIsAlive(task, 'new')).toBe(3);
  });

  it('an invalid expiry counts as 1800 seconds', async () => {
    for (const [i, expiration_sec] of [0, -5, 1e15, '60', 1.5, null].entries()) {
      await writeGoRow(`${group}|${i}`, { expiration_sec });
    }
    clock.advance(1_800_000);
    const ours = allocator();
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 6, expired: 0 });
    clock.advance(1);
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 6 });
  });

  it('rows with a numeric id and rows below another row are served too', async () => {
    const client = datastore.client();
    for (const path of [
      ['Instance', 77],
      ['Parent', 'p', 'Instance', `${group}|child`],
    ]) {
      await client.save({
        key: client.key({ namespace: DATASTORE_NAMESPACE, path }),
        data: { target: group, task_num: -1, last_updated: new Date(clock.now()) },
      });
    }
    const ours = allocator();
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 2, assigned: 2 });
    clock.advance(1_800_001);
    expect(await ours.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 2 });
    expect(await allRows(datastore.rows())).toEqual([]);
  });

  it('our own row, spoilt by another writer, heals with the next heartbeats', async () => {
    const ours = allocator();
    await ours.notifyTaskIsAlive(task, 'i').catch(() => undefined);
    await ours.assignTaskNumbers();
    expect(await ours.notifyTaskIsAlive(task, 'i')).toBe(0);
    await writeGoRow(`${group}|i`, {
      task_num: 0,
      target: 7,
      last_updated: new Date('9999-12-31'),
    });
    expect(await ours.notifyTaskIsAlive(task, 'i')).toBe(0);
    await ours.assignTaskNumbers();
    expect(await ours.notifyTaskIsAlive(task, 'i')).toBe(0);
    const row = await rowOf(datastore.rows(), `${group}|i`);
    expect(row?.properties.target?.stringValue).toBe(group);
    const seconds = Number(row?.properties.last_updated?.timestampValue?.seconds);
    expect(Math.abs(seconds - clock.now() / 1000)).toBeLessThan(60);
  });
});
