import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { setUp, task, type Setup } from './allocators.js';
import { describeOnEmulators, rowOf } from './emulated-datastore.js';

describeOnEmulators('DatastoreTaskNumAllocator', datastore => {
  describe('a clock behind the clock of housekeeping', () => {
    /** An instance that was given a number by a housekeeping whose clock is ahead. */
    async function assignedAhead(ms: number): Promise<Setup> {
      const setup = setUp(datastore, { selfAssign: false });
      const ahead = new ManualClock(setup.clock.now() + ms);
      const housekeeping = new DatastoreTaskNumAllocator(setup.direct, { clock: ahead });
      await expect(setup.allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow(NoTaskNumberError);
      expect(await housekeeping.assignTaskNumbers()).toMatchObject({ assigned: 1 });
      setup.line.takeCalls();
      return setup;
    }

    it('T1 does not use its number before it has reached the time of the assignment', async () => {
      const { allocator, clock, line } = await assignedAhead(200_000);
      for (const ms of [0, 100_000, 99_999]) {
        clock.advance(ms);
        const heartbeat = allocator.notifyTaskIsAlive(task, 'a');
        await expect(heartbeat).rejects.toThrow(NoTaskNumberError);
        await expect(heartbeat).rejects.toThrow(
          `task number 0 cannot be used yet: it was assigned at 2026-01-01T00:03:20.000Z`,
        );
        expect(line.takeCalls()).toEqual(['lookup']);
      }
      clock.advance(1);
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      expect(line.takeCalls()).toEqual(['lookup', 'commit']);
      clock.jump(-600_000);
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
    });

    it('T1 waits again for a number that comes back after its claim was gone, also where an answer got lost', async () => {
      const { allocator, clock, direct, line } = setUp(datastore, { expirationSec: 60 });
      const ahead = new ManualClock(clock.now() + 200_000);
      const housekeeping = new DatastoreTaskNumAllocator(direct, { clock: ahead });
      await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow(NoTaskNumberError);
      await allocator.assignTaskNumbers();
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      expect(await housekeeping.assignTaskNumbers()).toMatchObject({ expired: 1 });
      // The heartbeat is refused, and the answer to the new registration gets lost.
      line.next('commit', { type: 'overtaken', by: async () => undefined }, /renew/);
      line.next('commit', { type: 'reply lost' }, /renew/);
      await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow('reply lost');
      ahead.jump(-150_000);
      expect(await housekeeping.assignTaskNumbers()).toMatchObject({ assigned: 1 });
      await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow('is behind');
      clock.advance(200_000);
      expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
    });

    it('T1 its claim does not expire while it waits for that', async () => {
      const { allocator, clock, line } = await assignedAhead(900_000);
      for (let i = 0; i < 8; i++) {
        clock.advance(100_000);
        await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow(NoTaskNumberError);
      }
      expect(line.takeCalls().filter(call => call === 'commit')).toHaveLength(2);
    });

    it('uses its number at once where that clock is more than 15 minutes ahead: it must be wrong', async () => {
      const bounded = await assignedAhead(900_000);
      await expect(bounded.allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow('is behind');
      await datastore.endTest();
      const beyond = await assignedAhead(900_001);
      expect(await beyond.allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
    });

    it('T1 with selfAssign it does not ask for another number', async () => {
      const { clock, direct, allocator, line } = setUp(datastore, { selfAssign: true });
      const ahead = new ManualClock(clock.now() + 600_000);
      const housekeeping = new DatastoreTaskNumAllocator(direct, { clock: ahead });
      line.next(
        'lookup',
        { type: 'overtaken', by: () => housekeeping.assignTaskNumbers() },
        /look up the lease/,
      );
      await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow('is behind');
      line.takeCalls();
      await expect(allocator.notifyTaskIsAlive(task, 'a')).rejects.toThrow('is behind');
      expect(line.takeCalls()).toEqual(['lookup']);
    });
  });

  describe('another housekeeping', () => {
    let warn: MockInstance<Logger['warn']>;

    beforeEach(() => {
      warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    });

    afterEach(() => {
      warn.mockRestore();
    });

    async function holding(setup: Setup): Promise<void> {
      await setup.allocator.notifyTaskIsAlive(task, 'a').catch(() => undefined);
      await setup.allocator.assignTaskNumbers();
      expect(await setup.allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
    }

    async function rewrite(id: string, data: Record<string, unknown>): Promise<void> {
      const client = datastore.client();
      await client.save({
        key: client.key({
          namespace: DATASTORE_NAMESPACE,
          path: ['Instance', `${task.group}|${id}`],
        }),
        data: { target: task.group, ...data },
        excludeFromIndexes: ['target', 'task_num', 'last_updated'],
      });
    }

    it('T5 that rewrites our row is warned of, once', async () => {
      const setup = setUp(datastore);
      await holding(setup);
      for (const task_num of [0, 3, 3]) {
        await rewrite('a', { task_num, last_updated: new Date(setup.clock.now()) });
        expect(await setup.allocator.notifyTaskIsAlive(task, 'a')).toBe(task_num);
      }
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0]?.[0]).toMatch(
        /Another housekeeping writes the rows .*ts_mon\/housekeeping off/,
      );
    });

    it('T5 that gives our waiting row a number is warned of', async () => {
      const setup = setUp(datastore);
      await setup.allocator.notifyTaskIsAlive(task, 'a').catch(() => undefined);
      const { last_updated, expiration_sec } = (await rowOf(setup.direct, `${task.group}|a`))!
        .properties;
      expect([last_updated, expiration_sec]).not.toContain(undefined);
      await rewrite('a', {
        task_num: 0,
        last_updated: new Date(setup.clock.now()),
        expiration_sec: 1800,
      });
      expect(await setup.allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      expect(warn).toHaveBeenCalledTimes(1);
    });

    it('T1 that gave one number to two claims is warned of, once', async () => {
      const setup = setUp(datastore);
      await holding(setup);
      await rewrite('b', { task_num: 0, last_updated: new Date(setup.clock.now()) });
      await setup.allocator.assignTaskNumbers();
      await setup.allocator.assignTaskNumbers();
      expect(warn).toHaveBeenCalledTimes(1);
    });

    it('T5 rows of Go instances alone are nothing to warn of, nor are claims that come and go', async () => {
      const setup = setUp(datastore, { expirationSec: 60 });
      await rewrite('go', { task_num: -1, last_updated: new Date(setup.clock.now()) });
      await setup.allocator.notifyTaskIsAlive(task, 'a').catch(() => undefined);
      await setup.allocator.assignTaskNumbers();
      expect(await setup.allocator.notifyTaskIsAlive(task, 'a')).toBe(0);
      setup.clock.advance(61_000);
      await setup.allocator.assignTaskNumbers();
      await setup.allocator.notifyTaskIsAlive(task, 'a').catch(() => undefined);
      await setup.allocator.assignTaskNumbers();
      await setup.allocator.notifyTaskIsAlive(task, 'a');
      await setup.allocator.release(task, 'a');
      await setup.allocator.assignTaskNumbers();
      expect(warn).not.toHaveBeenCalled();
    });
  });
});
