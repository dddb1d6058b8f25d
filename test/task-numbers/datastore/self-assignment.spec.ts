import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock/clock.js';
import { Lease } from '../../../lib/task-numbers/datastore/lease.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { lookAtLease } from '../../../lib/task-numbers/datastore/seen-lease.js';
import {
  NoTaskNumberError,
  type AssignmentReport,
} from '../../../lib/task-numbers/task-num-allocator.js';
import { until } from '../../support/processes.js';
import { batch, setUp, task } from './allocators.js';
import { insertClaims, numbers } from './claim-rows.js';
import { describeOnEmulators } from './emulated-datastore.js';

describeOnEmulators('DatastoreTaskNumAllocator', datastore => {
  describe('selfAssign', () => {
    const selfAssign = true;

    it('an instance has its number at its first heartbeat, with no housekeeping', async () => {
      const { allocator, selfAssignments, line } = setUp(datastore, { selfAssign });
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      expect(selfAssignments).toMatchObject([{ skipped: false, instances: 1, assigned: 1 }]);
      line.takeCalls();
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      expect(line.takeCalls()).toEqual(['commit']);
      expect(await allocator.notifyTaskIsAlive(task, 'b')).toBe(1);
    });

    it('reads the claims of its own target group alone, and leaves the others', async () => {
      const { allocator, clock, direct, line } = setUp(datastore, { selfAssign });
      await insertClaims(direct, clock, ['other'], { group: batch.group });
      await insertClaims(direct, clock, ['waits'], { group: task.group });
      await insertClaims(direct, clock, ['near'], { group: `${task.group}2` });
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      expect(line.ranges).toEqual([{ kind: 'Instance', namePrefix: `${task.group}|` }]);
      // In the order of the keys: batch, v12, and then the two of v1.
      expect(await numbers(direct)).toEqual([-1, -1, 0, 1]);
    });

    it('is off by default', async () => {
      const { allocator, line, selfAssignments } = setUp(datastore);
      await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow(NoTaskNumberError);
      expect(line.takeCalls()).toEqual(['commit']);
      expect(selfAssignments).toEqual([]);
    });

    it('H3 while another run holds the lease it waits, but not for ever, and gets its number later', async () => {
      const { allocator, clock, direct, line, selfAssignments } = setUp(datastore, { selfAssign });
      const options = { store: direct, clock, deadlineMs: 20_000 };
      const lease = await Lease.take(options, await lookAtLease(options));
      const startMs = clock.now();
      await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow(NoTaskNumberError);
      expect(clock.now() - startMs).toBeGreaterThan(2_000);
      expect(clock.now() - startMs).toBeLessThanOrEqual(5_000);
      expect(selfAssignments).toEqual([]);
      // Each try reads the claim; the lease is asked for once a second.
      expect(line.takeCalls().length).toBeLessThan(20);
      expect(await numbers(direct)).toEqual([-1]);
      await lease?.release();
      clock.advance(1_001);
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
    });

    it('takes the number that the run it waits for has given it', async () => {
      const { allocator, clock, direct, line, selfAssignments } = setUp(datastore, { selfAssign });
      const housekeeping = new DatastoreTaskNumAllocator(direct, { clock });
      line.next(
        'lookup',
        { type: 'overtaken', by: () => housekeeping.assignTaskNumbers() },
        /look up the lease/,
      );
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      expect(selfAssignments).toMatchObject([{ assigned: 0 }]);
      const holder = await new Promise<Promise<AssignmentReport>>(resolve => {
        const run = housekeeping.assignTaskNumbers({
          whileHeld: async () => resolve(run),
        });
      });
      expect(await allocator.notifyTaskIsAlive(task, 'b')).toBe(1);
      expect(await holder).toMatchObject({ skipped: false });
    });

    it.each(['take the lease', 'read the claims', 'look up the lease'])(
      'a failure on the way (to %s) is an error, and the next heartbeat goes on',
      async purpose => {
        const { allocator, line, clock } = setUp(datastore, { selfAssign });
        const operation = purpose.startsWith('take')
          ? 'commit'
          : purpose.startsWith('read')
            ? 'scan'
            : 'lookup';
        line.next(operation, { type: 'request lost' }, new RegExp(purpose));
        const heartbeat = allocator.notifyTaskIsAlive(task, 'a');
        await expect(heartbeat).rejects.toThrow('request lost');
        await expect(heartbeat).rejects.not.toBeInstanceOf(NoTaskNumberError);
        clock.advance(15_000);
        expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      },
    );

    it('T1 sixty instances that start at once all get a number of their own, without a gap', async () => {
      const stores = Array.from({ length: 4 }, () => datastore.rows());
      const instances = Array.from({ length: 60 }, (_, i) => ({
        id: `i${i}`,
        allocator: new DatastoreTaskNumAllocator(stores[i % stores.length]!, {
          clock: systemClock,
          selfAssign,
        }),
      }));
      const given = await Promise.all(
        instances.map(({ id, allocator }) =>
          until(`${id} has a number`, async () => {
            const taskNum = await allocator.notifyTaskIsAlive(task, id).catch(() => undefined);
            return taskNum === undefined ? undefined : { taskNum };
          }),
        ),
      );
      const sorted = given.map(({ taskNum }) => taskNum).toSorted((a, b) => a - b);
      expect(sorted).toEqual(instances.map((_, i) => i));
      const kept = await Promise.all(
        instances.map(({ id, allocator }) => allocator.notifyTaskIsAlive(task, id)),
      );
      expect(kept).toEqual(given.map(({ taskNum }) => taskNum));
    }, 90_000);
  });
});

describeOnEmulators(
  'DatastoreTaskNumAllocator where a transaction takes 25 entity groups',
  datastore => {
    const ids = Array.from({ length: 60 }, (_, i) => `i${String(i).padStart(2, '0')}`);

    it('T2 sixty claims are given numbers, keep them, and expire', async () => {
      const { allocator, clock, direct } = setUp(datastore, { expirationSec: 60 });
      await Promise.all(
        ids.map(id =>
          expect(allocator.notifyTaskIsAlive(task, id)).rejects.toThrow(NoTaskNumberError),
        ),
      );
      expect(await allocator.assignTaskNumbers()).toMatchObject({ skipped: false, assigned: 60 });
      const beat = (): Promise<number[]> =>
        Promise.all(ids.map(id => allocator.notifyTaskIsAlive(task, id)));
      expect(await beat()).toEqual(ids.map((_, i) => i));
      clock.advance(50_000);
      expect(await beat()).toEqual(ids.map((_, i) => i));
      clock.advance(60_001);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ expired: 60, instances: 0 });
      expect(await numbers(direct)).toEqual([]);
    });

    it('H3 runs that overlap leave all to one, and selfAssign works', async () => {
      const { allocator, clock, direct } = setUp(datastore, { selfAssign: true });
      const other = new DatastoreTaskNumAllocator(direct, { clock });
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      const whileHeld = async (): Promise<void> => {
        expect(await other.assignTaskNumbers()).toMatchObject({ skipped: true });
      };
      expect(await allocator.assignTaskNumbers({ whileHeld })).toMatchObject({ skipped: false });
    });

    it('T1 conditions are kept there too', async () => {
      const { allocator, line } = setUp(datastore);
      await allocator.assignTaskNumbers();
      expect(line.purposes.filter(purpose => /wrong version/.test(purpose))).toHaveLength(1);
    });
  },
  ['datastore-entity-groups'],
);
