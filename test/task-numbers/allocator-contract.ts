import { afterEach, describe, expect, it } from 'vitest';
import { Task } from '../../lib/targets/task.js';
import { NoTaskNumberError } from '../../lib/task-numbers/task-num-allocator.js';
import { SeededRandom } from '../support/seeded-random.js';
import { batch, ContractAllocators, web, type AllocatorFactory } from './contract-allocators.js';
import { instancesContract } from './contract-of-instances.js';
import { releaseContract, runsContract } from './contract-of-runs.js';

export const TEST_TIMEOUT_MS = 30_000;

/** What every {@link TaskNumAllocator} does, whatever keeps its claims. */
export function allocatorContract(name: string, factory: AllocatorFactory): void {
  describe(`contract of ${name}`, { timeout: TEST_TIMEOUT_MS }, () => {
    const tested = new ContractAllocators(factory);
    const { clock, open, claim, hold, numbers } = tested;

    afterEach(() => tested.close());

    it('an instance waits until housekeeping has given it a number, then keeps it', async () => {
      const allocator = open();
      await claim(allocator, 'a', 'a', 'a');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, assigned: 1 });
      for (let i = 0; i < 5; i++) {
        clock.advance(300_000);
        expect(await numbers(allocator, 'a')).toEqual([0]);
        expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, assigned: 0 });
      }
    });

    it('T2 the smallest free number is given first, in the order of the keys', async () => {
      const allocator = open();
      expect(await hold(allocator, 'c', 'a', 'b')).toEqual([2, 0, 1]);
      expect(await hold(allocator, 'A')).toEqual([3]);
    });

    it('numbers are unique inside a target group, and each group starts at 0', async () => {
      const allocator = open();
      await claim(allocator, 'a', 'b');
      await expect(allocator.notifyTaskIsAlive(batch, 'a')).rejects.toThrow(NoTaskNumberError);
      expect(await allocator.assignTaskNumbers()).toMatchObject({
        skipped: false,
        targets: 2,
        instances: 3,
        assigned: 3,
        expired: 0,
      });
      expect(await numbers(allocator, 'a', 'b')).toEqual([0, 1]);
      expect(await allocator.notifyTaskIsAlive(batch, 'a')).toBe(0);
    });

    it('tasks that differ only in their task number are one group', async () => {
      const allocator = open();
      await claim(allocator, 'a');
      await expect(allocator.notifyTaskIsAlive(web.withTaskNum(7), 'b')).rejects.toThrow(
        NoTaskNumberError,
      );
      await allocator.assignTaskNumbers();
      expect(await numbers(allocator, 'a', 'b')).toEqual([0, 1]);
    });

    it('a claim expires when its heartbeat is strictly older than expirationSec', async () => {
      const allocator = open(60);
      await hold(allocator, 'a');
      clock.advance(60_000);
      const start = clock.now();
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 0 });
      // The second heartbeat of `hold` may have written one millisecond more than the clock showed.
      clock.advance(2);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
      expect(clock.now() - start).toBe(2);
      await claim(allocator, 'a');
    });

    it('the expiry is 1800 seconds by default', async () => {
      const allocator = open();
      expect(allocator.expirationSec).toBe(1800);
      await claim(allocator, 'a');
      clock.advance(1_800_000);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 0 });
      clock.advance(1);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 0, expired: 1 });
      expect(await allocator.assignTaskNumbers()).toMatchObject({ targets: 0, expired: 0 });
    });

    it('T2 a number freed in a run is not given out in that same run', async () => {
      const allocator = open(60);
      await hold(allocator, 'a');
      clock.advance(60_100);
      await claim(allocator, 'b');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ expired: 1, assigned: 1 });
      expect(await numbers(allocator, 'b')).toEqual([1]);
      expect(await hold(allocator, 'c')).toEqual([0]);
    });

    it('T2 gaps are filled from below', async () => {
      const allocator = open(60);
      expect(await hold(allocator, 'a', 'b', 'c', 'd', 'e')).toEqual([0, 1, 2, 3, 4]);
      clock.advance(40_000);
      await numbers(allocator, 'a', 'c', 'e');
      clock.advance(40_000);
      await numbers(allocator, 'a', 'c', 'e');
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 3, expired: 2 });
      expect(await hold(allocator, 'x', 'y', 'z')).toEqual([1, 3, 5]);
      expect(await numbers(allocator, 'a', 'c', 'e')).toEqual([0, 2, 4]);
    });

    it('T3 a heartbeat saves a claim that was old, as long as housekeeping did not come before', async () => {
      const allocator = open(60);
      await hold(allocator, 'a');
      clock.advance(1_000_000);
      expect(await numbers(allocator, 'a')).toEqual([0]);
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, expired: 0 });
    });

    it('an instance whose claim expired is told so, and waits again', async () => {
      const allocator = open(60);
      await hold(allocator, 'a', 'b');
      clock.advance(30_000);
      await numbers(allocator, 'b');
      clock.advance(40_000);
      await allocator.assignTaskNumbers();
      await claim(allocator, 'a');
      expect(await hold(allocator, 'c')).toEqual([1 + 1]);
      expect(await numbers(allocator, 'a', 'b')).toEqual([0, 1]);
    });

    it('F8 a claim that is only polled while it waits does not expire', async () => {
      const allocator = open(60);
      for (let i = 0; i < 60; i++) {
        await claim(allocator, 'a');
        clock.advance(7_000);
        if (i % 10 === 9) {
          await claim(allocator, 'a');
        }
      }
      expect(await allocator.assignTaskNumbers()).toMatchObject({ assigned: 1, expired: 0 });
    });

    it('many instances get the numbers from 0 without a gap, each once', async () => {
      const allocator = open();
      const ids = Array.from({ length: 40 }, (_, i) => `i${i}`);
      await Promise.all(
        ids.map(id =>
          expect(allocator.notifyTaskIsAlive(web, id)).rejects.toThrow(NoTaskNumberError),
        ),
      );
      expect(await allocator.assignTaskNumbers()).toMatchObject({ assigned: 40 });
      const given = await numbers(allocator, ...ids);
      expect(given.toSorted((a, b) => a - b)).toEqual(ids.map((_, i) => i));
    });

    it('heartbeats of one instance at the same time make one claim, and agree', async () => {
      const allocator = open();
      const answers = await Promise.allSettled(
        Array.from({ length: 10 }, () => allocator.notifyTaskIsAlive(web, 'a')),
      );
      expect(answers.map(answer => answer.status === 'rejected' && answer.reason)).toEqual(
        Array.from({ length: 10 }, () => expect.any(NoTaskNumberError)),
      );
      expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1, assigned: 1 });
      expect(await numbers(allocator, ...Array.from({ length: 10 }, () => 'a'))).toEqual(
        Array.from({ length: 10 }, () => 0),
      );
    });

    runsContract(tested);
    releaseContract(tested);
    instancesContract(tested);

    describe('arguments', () => {
      it.each([
        [0, RangeError, '0'],
        [-1, RangeError, '-1'],
        [1.5, RangeError, '1.5'],
        [Number.NaN, RangeError, 'NaN'],
        [Number.POSITIVE_INFINITY, RangeError, 'Infinity'],
        [30 * 86_400 + 1, RangeError, '2592001'],
        ['60', TypeError, '"60"'],
        [null, TypeError, 'null'],
      ])('expirationSec %j is refused', (expirationSec, type, shown) => {
        expect(() => open(expirationSec as number)).toThrow(type);
        expect(() => open(expirationSec as number)).toThrow(
          `Option ${name}.expirationSec must be an integer from 1 to 2592000, which is 30 days, got ${shown}.`,
        );
      });

      it.each([1, 30 * 86_400])('expirationSec %s is taken', expirationSec => {
        expect(open(expirationSec).expirationSec).toBe(expirationSec);
      });

      it('a key that Datastore cannot store is refused, a longest one is taken', async () => {
        const allocator = open();
        const groupBytes = Buffer.byteLength(`${web.group}|`);
        await claim(allocator, 'x'.repeat(1500 - groupBytes));
        for (const id of ['x'.repeat(1501 - groupBytes), '\u00e9'.repeat(745)]) {
          await expect(allocator.notifyTaskIsAlive(web, id)).rejects.toThrow(RangeError);
          await expect(allocator.release(web, id)).rejects.toThrow(/at most 1500 bytes/);
        }
        const reserved = new Task({ serviceName: 's', jobName: 'j', dataCenter: '__dc' });
        await expect(allocator.notifyTaskIsAlive(reserved, 'i__')).rejects.toThrow(RangeError);
        expect(await allocator.assignTaskNumbers()).toMatchObject({ instances: 1 });
      });

      it.each([
        ['', RangeError],
        [undefined, TypeError],
        [7, TypeError],
      ])('instanceId %j is refused', async (id, type) => {
        const allocator = open();
        await expect(allocator.notifyTaskIsAlive(web, id as string)).rejects.toThrow(type);
        await expect(allocator.release(web, id as string)).rejects.toThrow(
          /instanceId must be a string/,
        );
      });

      it.each(['a|b|c', '../../etc', 'ünïcödé 🎉', "O'Neil\n\t", '__x__'])(
        'instanceId %j is one like any other',
        async id => {
          const allocator = open();
          expect(await hold(allocator, id, 'other')).toHaveLength(2);
          await allocator.release(web, id);
          clock.advance(60_001);
          await numbers(allocator, 'other');
          expect(await allocator.assignTaskNumbers()).toMatchObject({ targets: 1, expired: 1 });
        },
      );
    });

    it('under random lives no two instances of a group hold a number at once, and numbers stay small', async () => {
      const allocator = open(60);
      const seeded = new SeededRandom(20260101);
      const random = (): number => seeded.next();
      const tasks = [web, batch];
      const believed = new Map<string, { task: Task; id: string; taskNum: number; at: number }>();
      let next = 0;
      let live: { task: Task; id: string }[] = [];

      for (let step = 0; step < 60; step++) {
        while (live.length < 8) {
          live.push({ task: tasks[next % 2] ?? web, id: `i${String(next++).padStart(4, '0')}` });
        }
        for (const one of live) {
          const key = `${one.task.group}|${one.id}`;
          const taskNum = await allocator
            .notifyTaskIsAlive(one.task, one.id)
            .catch(() => undefined);
          believed.delete(key);
          if (taskNum !== undefined) {
            believed.set(key, { ...one, taskNum, at: clock.now() });
          }
        }
        if (random() < 0.5) {
          await allocator.assignTaskNumbers();
        }
        const leaving = live.filter(() => random() < 0.15);
        for (const one of leaving.filter(() => random() < 0.5)) {
          believed.delete(`${one.task.group}|${one.id}`);
          await allocator.release(one.task, one.id);
        }
        live = live.filter(one => !leaving.includes(one));
        clock.advance(Math.floor(random() * 20_000));

        const held = [...believed.values()].filter(one => clock.now() - one.at <= 30_000);
        const streams = held.map(one => `${one.task.group}/${one.taskNum}`);
        expect(new Set(streams).size).toBe(streams.length);
        expect(Math.max(0, ...held.map(one => one.taskNum))).toBeLessThan(24);
      }
      expect(next).toBeGreaterThan(20);
    });
  });
}
