import { describe, expect, it } from 'vitest';
import {
  NoTaskNumberError,
  type AssignmentReport,
} from '../../lib/task-numbers/task-num-allocator.js';
import { web, type ContractAllocators } from './contract-allocators.js';

/** How runs of the assignment overlap, and what they do beside it. */
export function runsContract({ clock, open, claim, numbers }: ContractAllocators): void {
  describe('runs', () => {
    it('T1 H3 give each claim one number if they overlap, and skipped ones do nothing', async () => {
      const allocator = open();
      const ids = ['a', 'b', 'c', 'd', 'e'];
      await claim(allocator, ...ids);
      const reports = await Promise.all(
        Array.from({ length: 6 }, () => allocator.assignTaskNumbers()),
      );
      const sum = (count: (report: AssignmentReport) => number): number =>
        reports.reduce((total, report) => total + count(report), 0);
      expect(reports.some(report => !report.skipped)).toBe(true);
      expect(sum(report => report.assigned)).toBe(5);
      for (const report of reports.filter(one => one.skipped)) {
        expect(report).toMatchObject({ targets: 0, instances: 0, assigned: 0, expired: 0 });
      }
      expect(await numbers(allocator, ...ids)).toEqual([0, 1, 2, 3, 4]);
    });

    it('H2 call whileHeld after the numbers were assigned, and wait for it', async () => {
      const allocator = open();
      await claim(allocator, 'a');
      const seen: unknown[] = [];
      const report = await allocator.assignTaskNumbers({
        whileHeld: async isHeld => {
          seen.push(isHeld(), await allocator.notifyTaskIsAlive(web, 'a'));
          await Promise.resolve();
          seen.push('done');
        },
      });
      expect(report).toMatchObject({ skipped: false, assigned: 1 });
      expect(seen).toEqual([true, 0, 'done']);
    });

    it('H2 reject where whileHeld does, and the next run works', async () => {
      const allocator = open();
      await claim(allocator, 'a');
      const whileHeld = (): Promise<void> => Promise.reject(new Error('the work'));
      await expect(allocator.assignTaskNumbers({ whileHeld })).rejects.toThrow('the work');
      expect(await numbers(allocator, 'a')).toEqual([0]);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ skipped: false, instances: 1 });
    });

    it("by need ('when-needed') miss no claim that waits or is to expire", async () => {
      const allocator = open(60);
      const byNeed = (): Promise<AssignmentReport> =>
        allocator.assignTaskNumbers({ scan: 'when-needed' });
      await claim(allocator, 'a');
      expect(await byNeed()).toMatchObject({ skipped: false, assigned: 1 });
      clock.advance(50_000);
      await claim(allocator, 'b');
      expect(await byNeed()).toMatchObject({ instances: 2, assigned: 1 });
      clock.advance(10_001);
      expect(await byNeed()).toMatchObject({ instances: 1, expired: 1 });
      clock.advance(50_000);
      expect(await byNeed()).toMatchObject({ instances: 0, expired: 1 });
    });
  });
}

/** What a release does. */
export function releaseContract({ clock, open, claim, hold, numbers }: ContractAllocators): void {
  describe('release', () => {
    it('is counted among the expired', async () => {
      const allocator = open(600);
      await hold(allocator, 'released', 'left', 'lives');
      await allocator.release(web, 'released');
      clock.advance(60_001);
      const first = await allocator.assignTaskNumbers();
      expect(first).toMatchObject({ instances: 2, expired: 1, released: 1 });
      clock.advance(500_000);
      await numbers(allocator, 'lives');
      clock.advance(100_000);
      const second = await allocator.assignTaskNumbers();
      expect(second).toMatchObject({ instances: 1, expired: 1, released: 0 });
    });

    it('of a claim that waits means that it never gets a number', async () => {
      const allocator = open(600);
      await claim(allocator, 'a', 'b');
      await allocator.release(web, 'a');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 2, assigned: 1 });
      expect(await numbers(allocator, 'b')).toEqual([0]);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ assigned: 0 });
      clock.advance(60_001);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ expired: 1, released: 1 });
      await expect(allocator.notifyTaskIsAlive(web, 'a')).rejects.toThrow('was released');
    });

    it('frees the number one minute later', async () => {
      const allocator = open();
      await hold(allocator, 'a');
      await allocator.release(web, 'a');
      clock.advance(60_000);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 0 });
      clock.advance(1);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
      expect(await hold(allocator, 'b')).toEqual([0]);
    });

    it('T1 frees the number one minute after the latest end time that was sent, though the clock was set back since', async () => {
      const allocator = open();
      await hold(allocator, 'a');
      const latestMs = clock.now() + 890_000;
      await allocator.release(web, 'a', latestMs * 1000 - 1);
      clock.advance(890_000 + 60_000);
      await claim(allocator, 'b');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ assigned: 1, expired: 0 });
      expect(await numbers(allocator, 'b')).toEqual([1]);
      clock.advance(1);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ expired: 1, released: 1 });
      expect(await hold(allocator, 'c')).toEqual([0]);
    });

    it('T1 lets a claim live for a minute after the latest end time, though it would have expired before', async () => {
      const allocator = open(30);
      await hold(allocator, 'a');
      const endTime = clock.now() * 1000;
      await allocator.release(web, 'a', endTime);
      clock.advance(60_000);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 0 });
      clock.advance(1);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
    });

    it('frees the number at once where the last that was sent is older than a minute', async () => {
      const allocator = open();
      await hold(allocator, 'a');
      const endTime = clock.now() * 1000;
      clock.advance(60_001);
      await allocator.release(web, 'a', endTime);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
    });

    it.each([Number.NaN, 1.5, Number.POSITIVE_INFINITY, '7'])(
      'refuses %s as the latest end time, and the claim goes on',
      async endTime => {
        const allocator = open();
        await hold(allocator, 'a');
        const released = allocator.release(web, 'a', endTime as number);
        await expect(released).rejects.toThrow(RangeError);
        await expect(released).rejects.toThrow(/latestEndTime of release\(\) must be whole micro/);
        expect(await numbers(allocator, 'a')).toEqual([0]);
      },
    );

    it('of a claim that waits, with an expiry of a minute, means that it never gets a number', async () => {
      const allocator = open(60);
      await claim(allocator, 'a');
      await allocator.release(web, 'a');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, assigned: 0 });
    });

    it('never lets a claim live longer than it would have', async () => {
      const allocator = open(30);
      await hold(allocator, 'a');
      clock.advance(20_000);
      await allocator.release(web, 'a');
      clock.advance(10_002);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
    });

    it('from its call on the instance is refused, for another reason than a missing number', async () => {
      const allocator = open();
      await hold(allocator, 'a', 'b');
      const releasing = allocator.release(web, 'a');
      const late = allocator.notifyTaskIsAlive(web, 'a');
      await expect(late).rejects.toThrow(/"eu\|shop\|web\|v1\|a" was released/);
      await expect(late).rejects.not.toBeInstanceOf(NoTaskNumberError);
      await releasing;
      await expect(allocator.notifyTaskIsAlive(web, 'a')).rejects.toThrow(/was released/);
      expect(await numbers(allocator, 'b')).toEqual([1]);
    });

    it('may be called twice', async () => {
      const allocator = open();
      await hold(allocator, 'a');
      await allocator.release(web, 'a');
      clock.advance(50_000);
      await allocator.release(web, 'a');
      clock.advance(10_001);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ expired: 1 });
    });

    it('of a claim that is unknown, expired or waiting is no error', async () => {
      const allocator = open(60);
      await allocator.release(web, 'nobody');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0 });
      await hold(allocator, 'old');
      clock.advance(100_000);
      await allocator.assignTaskNumbers();
      await allocator.release(web, 'old');
      await claim(allocator, 'waiting');
      await allocator.release(web, 'waiting');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ targets: 1, instances: 1 });
    });
  });
}
