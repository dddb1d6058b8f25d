import { expect, it } from 'vitest';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import { setUp, task } from './allocators.js';
import { describeOnEmulators } from './emulated-datastore.js';

const MANY = 700;

describeOnEmulators('the instances of a target group', datastore => {
  it('come with the lease: who holds it while housekeeping works, and who held it last', async () => {
    const { allocator, clock } = setUp(datastore);
    await allocator.notifyTaskIsAlive(task, 'a').catch(() => undefined);
    // An only instance would keep the lease.
    await allocator.notifyTaskIsAlive(task, 'b').catch(() => undefined);
    expect((await allocator.instances(task, 10)).lease).toEqual({ held: false });

    let during: unknown;
    await allocator.assignTaskNumbers({
      whileHeld: async () => {
        during = (await allocator.instances(task, 10)).lease;
      },
    });
    expect(during).toEqual({ held: true, holder: `${task.group}|a` });
    clock.advance(7000);
    const { lease } = await allocator.instances(task, 10);
    expect(lease).toEqual({ held: false, holder: `${task.group}|a`, finishedAgeMs: 7000 });
  });

  it('come with a lease whose holder did not say who it is', async () => {
    const { allocator } = setUp(datastore);
    await allocator.assignTaskNumbers();
    expect((await allocator.instances(task, 10)).lease).toEqual({ held: false, finishedAgeMs: 0 });
  });

  it('are read without a commit, and in no more pages than are asked for', async () => {
    const { allocator, clock, line } = setUp(datastore);
    const client = datastore.client();
    await Promise.all(
      [0, 1].map(half =>
        client.insert(
          Array.from({ length: MANY / 2 }, (_, i) => ({
            key: client.key({
              namespace: DATASTORE_NAMESPACE,
              path: ['Instance', `${task.group}|${half}-${i}`],
            }),
            data: { target: task.group, task_num: i, last_updated: new Date(clock.now()) },
          })),
        ),
      ),
    );
    line.takeCalls();
    const some = await allocator.instances(task, 3);
    expect([some.instances.length, some.truncated]).toEqual([3, true]);
    expect(line.takeCalls().toSorted()).toEqual(['lookup', 'scan']);
    const all = await allocator.instances(task, MANY);
    expect([all.instances.length, all.truncated]).toEqual([MANY, false]);
    expect(all.instances[0]).toMatchObject({ expirationSec: 1800, heartbeatAgeMs: 0 });
  });

  it('are told also where others have written what cannot be understood', async () => {
    const { allocator } = setUp(datastore);
    const client = datastore.client();
    const name = (id: string) =>
      client.key({ namespace: DATASTORE_NAMESPACE, path: ['Instance', `${task.group}|${id}`] });
    await client.insert([
      { key: name('bad'), data: { target: task.group, task_num: 'three', last_updated: 'now' } },
      { key: name('other'), data: { target: 'x|y|z|w', task_num: 1, last_updated: new Date() } },
    ]);
    const { instances } = await allocator.instances(task, 10);
    expect(instances.find(({ instanceId }) => instanceId === 'bad')).toEqual({
      instanceId: 'bad',
      expirationSec: 1800,
      released: false,
    });
  });
});
