import { describe, expect, it } from 'vitest';
import { leaseStateOf } from '../../../lib/task-numbers/datastore/lease-row.js';
import { Lease, LostLeaseError } from '../../../lib/task-numbers/datastore/lease.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { until } from '../../support/processes.js';
import { existingRow, insertClaims, numberOf } from './claim-rows.js';
import { call, describeOnEmulators } from './emulated-datastore.js';
import {
  giving,
  leaseRow,
  look,
  refused,
  setUp,
  STEAL_AFTER_MS,
  taken,
  tryTaking,
} from './leases.js';

describeOnEmulators('Lease', datastore => {
  it('T1 a commit of a run that lost the lease is refused, however late it arrives', async () => {
    const { clock, line, direct } = setUp(datastore);
    await insertClaims(direct, clock, ['a']);
    const row = await existingRow(direct, 'a');
    const lease = await taken(line, clock);
    line.next('commit', { type: 'request late' });
    line.next('commit', { type: 'request late' });
    await expect(lease.commit([giving(row, 7)], 'to assign')).rejects.toThrow('request late');
    await expect(lease.commit([giving(row, 8)], 'to assign')).rejects.toThrow('request late');

    clock.advance(STEAL_AFTER_MS);
    const thief = await taken(direct, clock);
    expect(await thief.commit([giving(row, 0)], 'to assign')).toBe(true);
    expect(await line.deliver()).toEqual([refused, refused]);
    await expect(lease.commit([], 'to renew')).rejects.toThrow(LostLeaseError);
    await expect(lease.recover(new Error('unknown'))).rejects.toThrow(LostLeaseError);
    await thief.release();
    await expect(
      lease.commit([giving(await existingRow(direct, 'a'), 9)], 'to assign'),
    ).rejects.toThrow(LostLeaseError);
    expect(numberOf(await existingRow(direct, 'a'))).toBe(0);
  });

  it('T1 by the clock of a server that tells times it may be stolen 15 s after the last renewal, not before, whatever our own says', async () => {
    let serverMs = 0;
    const { clock, line, direct } = setUp(datastore, () => serverMs);
    const lease = await taken(line, clock);
    const ahead = new ManualClock(clock.now() + 3_600_000);
    serverMs = 10_000;
    expect(await tryTaking(direct, ahead)).toBeUndefined();
    expect(await lease.commit([], 'to renew')).toBe(true);
    serverMs = 10_000 + STEAL_AFTER_MS - 1;
    expect(await tryTaking(direct, ahead)).toBeUndefined();
    serverMs += 1;
    expect(await tryTaking(direct, ahead)).toBeDefined();
    await expect(lease.commit([], 'to renew')).rejects.toThrow(LostLeaseError);
  });

  it('T1 where the server tells no times it may be stolen 15 s after the last renewal by the local clock', async () => {
    const { clock, line, direct } = setUp(datastore);
    const lease = await taken(line, clock);
    clock.advance(10_000);
    expect(await lease.commit([], 'to renew')).toBe(true);
    clock.advance(STEAL_AFTER_MS - 1);
    expect(await tryTaking(direct, clock)).toBeUndefined();
    clock.advance(1);
    expect(await tryTaking(direct, clock)).toBeDefined();
  });

  it('what a process has read of it ages between reads', async () => {
    const { clock, line, direct } = setUp(datastore);
    await taken(line, clock);
    clock.advance(5_000);
    const seen = await look(direct, clock);
    expect(seen.isHeld()).toBe(true);
    clock.advance(STEAL_AFTER_MS - 5_000 - 1);
    expect(seen.isHeld()).toBe(true);
    clock.advance(1);
    expect(seen.isHeld()).toBe(false);
  });

  it.each(['nobody has', 'somebody gave up', 'somebody is silent in'])(
    'H3 of many runs that take a lease that %s, one gets it',
    async before => {
      const { clock, direct } = setUp(datastore);
      if (before !== 'nobody has') {
        const first = await taken(direct, clock);
        await (before === 'somebody gave up' && first.release());
        clock.advance(before === 'somebody gave up' ? 1 : STEAL_AFTER_MS);
      }
      const seen = await look(direct, clock);
      const options = { store: direct, clock, deadlineMs: 20_000 };
      const leases = await Promise.all(Array.from({ length: 10 }, () => Lease.take(options, seen)));
      expect(leases.filter(Boolean)).toHaveLength(1);
    },
  );

  it('each commit raises the step and changes the row, also when the clock stands still', async () => {
    const { clock, line, direct } = setUp(datastore);
    const lease = await taken(line, clock);
    const versions = new Set([(await leaseRow(direct))?.version]);
    for (let step = 2; step < 5; step++) {
      expect(await lease.commit([], 'to renew')).toBe(true);
      const row = await leaseRow(direct);
      versions.add(row?.version);
      expect(leaseStateOf(row!)).toEqual({ ...lease.state, step, held: true });
    }
    expect(versions.size).toBe(4);
  });

  it('a commit that a row refuses is applied to no row, and the lease goes on', async () => {
    const { clock, line, direct } = setUp(datastore);
    await insertClaims(direct, clock, ['a', 'b']);
    const a = await existingRow(direct, 'a');
    const b = await existingRow(direct, 'b');
    const lease = await taken(line, clock);
    await direct.commit([giving(a, 5)], call);
    expect(await lease.commit([giving(b, 1), giving(a, 0)], 'to assign')).toBe(false);
    expect(numberOf(await existingRow(direct, 'b'))).toBe(-1);
    expect(await lease.commit([giving(b, 1)], 'to assign')).toBe(true);
    expect(numberOf(await existingRow(direct, 'b'))).toBe(1);
  });

  describe('during()', () => {
    it('T1 renews the lease while work goes on, and no longer', async () => {
      const { clock, line, direct } = setUp(datastore);
      const lease = await taken(line, clock);
      await lease.during(async () => {
        for (let renewals = 1; renewals <= 4; renewals++) {
          clock.advance(5_000);
          await until('it is renewed', () => lease.state.step === 1 + renewals);
          expect(lease.isHeld()).toBe(true);
          expect(await tryTaking(direct, clock)).toBeUndefined();
        }
      });
      line.takeCalls();
      clock.advance(STEAL_AFTER_MS);
      expect(lease.isHeld()).toBe(false);
      expect(await tryTaking(direct, clock)).toBeDefined();
      expect(line.takeCalls()).toEqual([]);
    });

    it('renews one that is old before the work begins', async () => {
      const { clock, line } = setUp(datastore);
      const lease = await taken(line, clock);
      clock.advance(5_000);
      await lease.during(async () => {
        expect(lease.state.step).toBe(2);
      });
    });

    it('T1 a lease that was stolen is not held any more once that is known', async () => {
      let serverMs = 0;
      const { clock, line, direct } = setUp(datastore, () => serverMs);
      const lease = await taken(line, clock);
      serverMs = STEAL_AFTER_MS;
      await taken(direct, clock);
      await lease.during(async () => clock.advance(5_000));
      expect(lease.isHeld()).toBe(false);
    });

    it('work that throws ends the renewals too', async () => {
      const { clock, line } = setUp(datastore);
      const lease = await taken(line, clock);
      const work = lease.during(() => Promise.reject(new Error('the work')));
      await expect(work).rejects.toThrow('the work');
      line.takeCalls();
      clock.advance(60_000);
      expect(line.takeCalls()).toEqual([]);
    });
  });

  describe('giveUp()', () => {
    it('frees the lease at once, and leaves a record that later runs keep', async () => {
      const { clock, line, direct } = setUp(datastore);
      const lease = await taken(line, clock);
      const word = {
        finishedMs: clock.now() + 5,
        scanDueMs: clock.now() + 60_000,
        targets: 3,
        instances: 14,
      };
      await lease.release(word);
      expect((await look(direct, clock)).state).toMatchObject({ held: false, ...word });
      const next = await taken(direct, clock);
      expect(next.state).toMatchObject({ held: true, step: 1, ...word });
      expect(next.state.runId).not.toBe(lease.state.runId);
      await next.release();
      expect((await look(direct, clock)).state).toMatchObject({ held: false, ...word });
    });

    it('ignores a failure: the lease ends by itself', async () => {
      const { clock, line, direct } = setUp(datastore);
      const lease = await taken(line, clock);
      line.next('commit', { type: 'request lost' });
      await lease.release();
      expect(await tryTaking(direct, clock)).toBeUndefined();
      clock.advance(STEAL_AFTER_MS);
      expect(await tryTaking(direct, clock)).toBeDefined();
    });

    it('T1 of a run that lost it does not free the lease of another', async () => {
      const { clock, line, direct } = setUp(datastore);
      const lease = await taken(line, clock);
      clock.advance(STEAL_AFTER_MS);
      const thief = await taken(direct, clock);
      await lease.release({ finishedMs: 1 });
      expect((await look(direct, clock)).state).toEqual(thief.state);
    });
  });

  it.each([
    ['its clock', (clock: ManualClock, ms: number) => clock.advance(ms)],
    ['wall time alone, as after a freeze', (clock: ManualClock, ms: number) => clock.jump(ms)],
    [
      'monotonic time alone, as where the clock was set back',
      (clock: ManualClock, ms: number) => {
        clock.jump(-3_600_000);
        clock.advance(ms);
      },
    ],
  ])('T1 it is not held any more 15 s after the renewal was sent, by %s', async (_, passes) => {
    const { clock, line } = setUp(datastore);
    const lease = await taken(line, clock);
    line.next('commit', { type: 'overtaken', by: async () => clock.advance(4_000) });
    expect(await lease.commit([], 'to renew')).toBe(true);
    passes(clock, STEAL_AFTER_MS - 4_000 - 1);
    expect(lease.isHeld()).toBe(true);
    clock.advance(1);
    expect(lease.isHeld()).toBe(false);
  });

  it('T1 the time by which numbers are freed never goes back, unless a clock was absurdly wrong', async () => {
    const { clock, direct } = setUp(datastore);
    const judgedMs = async (aheadMs: number): Promise<number> => {
      const its = new ManualClock(clock.now() + aheadMs);
      const lease = await taken(direct, its);
      expect(lease.takenMs).toBe(its.now());
      await lease.release();
      return lease.state.judgedMs - clock.now();
    };
    expect(await judgedMs(600_000)).toBe(600_000);
    expect(await judgedMs(-120_000)).toBe(600_000);
    expect(await judgedMs(0)).toBe(600_000);
    expect(await judgedMs(700_000)).toBe(700_000);
    expect(await judgedMs(-300_000)).toBe(-300_000);
  });

  it('T1 a server that keeps conditions proves it, and the lease goes on', async () => {
    const { clock, line } = setUp(datastore);
    const lease = await taken(line, clock);
    await lease.proveConditions();
    expect(await lease.commit([], 'to renew')).toBe(true);
  });
});
