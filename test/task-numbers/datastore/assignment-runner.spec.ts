import { describe, expect, it, vi } from 'vitest';
import { claimOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import { BrokenConditionError } from '../../../lib/task-numbers/datastore/row-store.js';
import type { AssignmentReport } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { until } from '../../support/processes.js';
import { CarelessRowStore } from './careless-row-store.js';
import { existingRow, GROUP, insertClaims, numbers, offers, releaseClaim } from './claim-rows.js';
import { call, describeOnEmulators } from './emulated-datastore.js';
import {
  keeperOver,
  leaseState,
  LONG_SEC,
  setUp,
  skipped,
  UNLESS_RECENT,
  WHEN_NEEDED,
  worked,
} from './keepers.js';

describeOnEmulators('AssignmentRunner', datastore => {
  describe('overlapping runs', () => {
    it('H3 while one run works all others are skipped, and change nothing', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a', 'b']);
      const others = [1, 2, 3].map(() => keeperOver(direct, clock));
      const reports: AssignmentReport[] = [];
      const by = async (): Promise<void> => {
        reports.push(...(await Promise.all(others.map(other => other.keeper.serveAll({})))));
      };
      line.next('scan', { type: 'overtaken', by });
      line.next('commit', { type: 'overtaken', by }, /assign/);
      expect(await keeper.serveAll({})).toMatchObject({ ...worked, assigned: 2 });
      expect(reports).toEqual(Array.from({ length: 6 }, () => skipped));
      expect(others.flatMap(other => other.line.takeCalls())).toEqual(reports.map(() => 'lookup'));
      expect(await numbers(direct)).toEqual([0, 1]);
      expect(await others[0]!.keeper.serveAll({})).toMatchObject({ ...worked, instances: 2 });
    });

    it('T1 of runs that start together each number is offered to one claim', async () => {
      const { clock, direct } = setUp(datastore);
      await insertClaims(direct, clock, ['a', 'b', 'c']);
      const all = Array.from({ length: 8 }, () => keeperOver(direct, clock));
      const reports = await Promise.all(all.map(({ keeper }) => keeper.serveAll({})));
      expect(reports.some(report => !report.skipped)).toBe(true);
      expect(reports.reduce((sum, { assigned }) => sum + assigned, 0)).toBe(3);
      expect(await numbers(direct)).toEqual([0, 1, 2]);
    });

    it('T1 a run whose lease was stolen while it read reports that it was skipped, and gives no number', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      const thief = keeperOver(direct, clock);
      await insertClaims(direct, clock, ['a', 'b'], { expirationSec: LONG_SEC });
      const by = async (): Promise<void> => {
        clock.advance(15_000);
        expect(await thief.keeper.serveAll({})).toMatchObject({ ...worked, assigned: 2 });
        await insertClaims(direct, clock, ['0-first'], { expirationSec: LONG_SEC });
      };
      line.next('scan', { type: 'overtaken', by });
      expect(await keeper.serveAll({})).toEqual({ ...skipped, durationMs: 15_000 });
      expect(await numbers(direct)).toEqual([-1, 0, 1]);
    });

    it('T1 a run that was frozen before its first write gives no number after another has', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      const thief = keeperOver(direct, clock);
      await insertClaims(direct, clock, ['b'], { expirationSec: LONG_SEC });
      const by = async (): Promise<void> => {
        clock.jump(3_600_000);
        await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
        expect(await thief.keeper.serveAll({})).toMatchObject({ ...worked, assigned: 2 });
      };
      line.next('commit', { type: 'overtaken', by }, /assign/);
      expect(await keeper.serveAll({})).toMatchObject({ skipped: true });
      expect(await numbers(direct)).toEqual([0, 1]);
    });
  });

  describe('whileHeld', () => {
    it('H2 is called once, after the numbers were assigned, and while no other run may work', async () => {
      const { clock, direct, keeper } = setUp(datastore);
      const other = keeperOver(direct, clock);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      let calls = 0;
      const whileHeld = async (isHeld: () => boolean): Promise<void> => {
        calls++;
        expect(isHeld()).toBe(true);
        expect(await numbers(direct)).toEqual([0]);
        const refuse = (): Promise<void> => Promise.reject(new Error('not to be called'));
        expect(await other.keeper.serveAll({ whileHeld: refuse })).toEqual(skipped);
      };
      expect(await keeper.serveAll({ whileHeld })).toMatchObject({ ...worked, assigned: 1 });
      expect(calls).toBe(1);
      expect(await other.keeper.serveAll({})).toMatchObject(worked);
    });

    it('H2 the lease is renewed while it goes on', async () => {
      const { clock, direct, keeper } = setUp(datastore);
      const other = keeperOver(direct, clock);
      const timers = vi.spyOn(clock, 'after');
      const renewalTimers = (): number => timers.mock.calls.filter(([ms]) => ms === 5_000).length;
      const whileHeld = async (isHeld: () => boolean): Promise<void> => {
        for (let i = 0; i < 4; i++) {
          const { step } = await leaseState(direct);
          await until('the next renewal waits for its time', () => renewalTimers() > i);
          clock.advance(5_000);
          await until('it is renewed', async () => (await leaseState(direct)).step > step);
          expect(isHeld()).toBe(true);
        }
        expect(await other.keeper.serveAll({})).toEqual(skipped);
      };
      expect(await keeper.serveAll({ whileHeld })).toMatchObject(worked);
    });

    it('H2 is told that another run has taken over', async () => {
      const { clock, direct, keeper } = setUp(datastore);
      const thief = keeperOver(direct, clock);
      const whileHeld = async (isHeld: () => boolean): Promise<void> => {
        clock.jump(15_000);
        expect(isHeld()).toBe(false);
        expect(await thief.keeper.serveAll({})).toMatchObject(worked);
        expect(isHeld()).toBe(false);
      };
      await keeper.serveAll({ whileHeld });
      expect(await leaseState(direct)).toMatchObject({ held: false });
    });

    it('H2 is not called if the run is skipped', async () => {
      const { keeper } = setUp(datastore);
      await keeper.serveAll({});
      let calls = 0;
      const whileHeld = async (): Promise<void> => void calls++;
      expect(await keeper.serveAll({ ...UNLESS_RECENT, whileHeld })).toEqual(skipped);
      expect(calls).toBe(0);
    });

    it("H2 is called by a run 'when-needed' that reads no claims", async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      line.takeCalls();
      let calls = 0;
      const whileHeld = async (): Promise<void> => void calls++;
      const report = await keeper.serveAll({ ...WHEN_NEEDED, whileHeld });
      expect(report).toMatchObject({ ...worked, targets: 1, instances: 1, assigned: 0 });
      expect(calls).toBe(1);
      expect(line.takeCalls()).toEqual(['lookup', 'commit', 'exists', 'commit']);
    });

    it('H3 makes the run fail if it fails, which keeps its numbers and gives up the lease', async () => {
      const { clock, direct, keeper } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      const whileHeld = (): Promise<void> => Promise.reject(new Error('the work'));
      await expect(keeper.serveAll({ whileHeld })).rejects.toThrow('the work');
      expect(await numbers(direct)).toEqual([0]);
      const other = keeperOver(direct, clock);
      const report = await other.keeper.serveAll(UNLESS_RECENT);
      expect(report).toMatchObject({ ...worked, instances: 1, assigned: 0 });
    });
  });

  it('H3 a lease that cannot be given up ends by itself, and its run has done its work', async () => {
    const { clock, direct, keeper, line } = setUp(datastore);
    await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
    line.next('commit', { type: 'request lost' }, /release the lease/);
    expect(await keeper.serveAll({})).toMatchObject({ ...worked, assigned: 1 });
    const other = keeperOver(direct, clock);
    expect(await other.keeper.serveAll({})).toEqual(skipped);
    clock.advance(15_000);
    expect(await other.keeper.serveAll({})).toMatchObject({ ...worked, instances: 1 });
  });

  it('T1 a process tests the guard once', async () => {
    const { clock, direct, keeper, line } = setUp(datastore);
    const tries = (): number => line.purposes.filter(one => /wrong version/.test(one)).length;
    await insertClaims(direct, clock, ['a']);
    line.next('commit', { type: 'refused', reason: 'ABORTED' }, /wrong version/);
    expect(await keeper.serveAll({})).toMatchObject({ assigned: 1 });
    expect(tries()).toBe(2);
    await keeper.serveAll({});
    expect(tries()).toBe(2);
  });

  it('T1 a guard that is always answered ABORTED proves nothing, and nobody is given a number', async () => {
    const { clock, direct, keeper, line } = setUp(datastore);
    await insertClaims(direct, clock, ['a']);
    line.always('commit', { type: 'refused', reason: 'ABORTED' }, /wrong version/);
    await expect(keeper.serveAll({})).rejects.toThrow(
      /Could not check that Datastore obeys conditions/,
    );
    expect(await numbers(direct)).toEqual([-1]);
    expect(offers(line.commits).size).toBe(0);
    line.heal();
    expect(await keeper.serveAll({})).toMatchObject({ assigned: 1 });
  });

  it('a run reports what it saw and did', async () => {
    const { clock, direct, keeper, line } = setUp(datastore);
    await insertClaims(direct, clock, ['new', 'newer']);
    await insertClaims(direct, clock, ['dead'], { taskNum: 0, ageSec: 61 });
    await insertClaims(direct, clock, ['released'], { taskNum: 1 });
    await releaseClaim(direct, clock, 'released', -1);
    await insertClaims(direct, clock, ['leaving'], { taskNum: 2 });
    await releaseClaim(direct, clock, 'leaving');
    await insertClaims(direct, clock, ['held'], { taskNum: 0, group: 'dc|service|batch|host' });
    line.next('scan', { type: 'overtaken', by: async () => clock.advance(250) });
    expect(await keeper.serveAll({})).toEqual({
      skipped: false,
      targets: 2,
      instances: 4,
      assigned: 2,
      expired: 2,
      released: 1,
      durationMs: 250,
    });
    expect(await numbers(direct)).toEqual([0, 2, 3, 4]);
  });

  it('T1 a number says when it may be used: never before the time by which it was freed', async () => {
    const { clock, direct, keeper } = setUp(datastore);
    const ahead = keeperOver(direct, new ManualClock(clock.now() + 300_000));
    await insertClaims(direct, clock, ['old'], { taskNum: 0, expirationSec: 299 });
    expect(await ahead.keeper.serveAll({})).toMatchObject({ expired: 1 });
    await insertClaims(direct, clock, ['new']);
    expect(await keeper.serveAll({})).toMatchObject({ assigned: 1 });
    const { taskNum, assignedMs } = claimOf(await existingRow(direct, 'new'));
    expect({ taskNum, assignedMs }).toEqual({ taskNum: 0, assignedMs: clock.now() + 300_000 });
  });

  it('T1 two claims that share a number are reported: nothing of ours does that', async () => {
    const { clock, direct, keeper, reports } = setUp(datastore);
    await insertClaims(direct, clock, ['a', 'b'], { taskNum: 3, expirationSec: LONG_SEC });
    await keeper.serveAll({});
    expect(reports()).toBe(1);
    const unique = keeperOver(direct, clock);
    await direct.commit([{ type: 'delete', row: await existingRow(direct, 'a') }], call);
    const group = 'dc|service|batch|host';
    await insertClaims(direct, clock, ['a'], { group, taskNum: 3, expirationSec: LONG_SEC });
    await unique.keeper.serveAll({});
    expect(unique.reports()).toBe(0);
  });

  it('T1 on a server that does not keep conditions no number is assigned, now and later', async () => {
    const { clock, direct } = setUp(datastore);
    await insertClaims(direct, clock, ['a', 'b']);
    const { keeper, line } = keeperOver(new CarelessRowStore(direct), clock);
    for (let i = 0; i < 2; i++) {
      await expect(keeper.serveAll({})).rejects.toThrow(BrokenConditionError);
      await expect(keeper.serveGroup(GROUP)).rejects.toThrow(/could get the same number/);
      clock.advance(60_000);
    }
    expect(offers(line.commits).size).toBe(0);
    expect(await numbers(direct)).toEqual([-1, -1]);
  });
});
