import { describe, expect, it } from 'vitest';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import { LEASE_PATH, leaseStateOf } from '../../../lib/task-numbers/datastore/lease-row.js';
import { LostLeaseError } from '../../../lib/task-numbers/datastore/lease.js';
import { BrokenConditionError } from '../../../lib/task-numbers/datastore/row-store.js';
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

describeOnEmulators('Lease when things go wrong', datastore => {
  describe('recover()', () => {
    it('T1 kills what is in flight: a commit that arrives after it is refused', async () => {
      const { clock, line, direct } = setUp(datastore);
      await insertClaims(direct, clock, ['a']);
      const row = await existingRow(direct, 'a');
      const lease = await taken(line, clock);
      line.next('commit', { type: 'request late' });
      const cause = await lease.commit([giving(row, 7)], 'to assign').catch((e: unknown) => e);
      await lease.recover(cause);
      expect(await line.deliver()).toEqual([refused]);
      expect(numberOf(await existingRow(direct, 'a'))).toBe(-1);
      expect(await lease.commit([giving(row, 0)], 'to assign')).toBe(true);
    });

    it('T1 a commit that arrives between its reading and its renewal is seen, not overwritten', async () => {
      const { clock, line, direct } = setUp(datastore);
      await insertClaims(direct, clock, ['a']);
      const lease = await taken(line, clock);
      line.next('commit', { type: 'request late' }, /assign/);
      line.next('commit', { type: 'overtaken', by: () => line.deliver() }, /renew/);
      const write = giving(await existingRow(direct, 'a'), 7);
      await expect(lease.commit([write], 'to assign')).rejects.toThrow('request late');
      await lease.recover(new Error('unknown'));
      expect(numberOf(await existingRow(direct, 'a'))).toBe(7);
      expect(await lease.commit([], 'to renew')).toBe(true);
      expect(leaseStateOf((await leaseRow(direct))!).step).toBe(4);
    });

    it('goes on if the commit was applied and its answer got lost', async () => {
      const { clock, line, direct } = setUp(datastore);
      await insertClaims(direct, clock, ['a']);
      const lease = await taken(line, clock);
      line.next('commit', { type: 'reply lost' });
      const write = giving(await existingRow(direct, 'a'), 0);
      await expect(lease.commit([write], 'to assign')).rejects.toThrow('reply lost');
      await lease.recover(new Error('unknown'));
      expect(numberOf(await existingRow(direct, 'a'))).toBe(0);
      expect(await lease.commit([], 'to renew')).toBe(true);
    });

    it('survives two renewals without an answer, and ends in the cause after three', async () => {
      const { clock, line } = setUp(datastore);
      const lease = await taken(line, clock);
      line.next('commit', { type: 'request lost' });
      line.next('commit', { type: 'reply lost' });
      await lease.recover(new Error('the cause'));
      expect(await lease.commit([], 'to renew')).toBe(true);
      line.always('commit', { type: 'reply lost' });
      await expect(lease.recover(new Error('the cause'))).rejects.toThrow('the cause');
      line.heal();
      await lease.recover(new Error('another cause'));
      expect(await lease.commit([], 'to renew')).toBe(true);
    });

    it('throws what cannot be recovered from', async () => {
      const { clock, line } = setUp(datastore);
      const lease = await taken(line, clock);
      line.takeCalls();
      for (const cause of [new LostLeaseError(), new BrokenConditionError('broken')]) {
        await expect(lease.recover(cause)).rejects.toBe(cause);
      }
      expect(line.takeCalls()).toEqual([]);
    });
  });

  describe('taking it without an answer', () => {
    it('takes the lease if the row says so', async () => {
      const { clock, line, direct } = setUp(datastore);
      line.next('commit', { type: 'reply lost' });
      const lease = await taken(line, clock);
      expect(await tryTaking(direct, clock)).toBeUndefined();
      expect(await lease.commit([], 'to renew')).toBe(true);
    });

    it('is an error where the row does not say so, and what arrives late holds it for 15 s at most', async () => {
      const { clock, line, direct } = setUp(datastore);
      line.next('commit', { type: 'request late' });
      await expect(tryTaking(line, clock)).rejects.toThrow('request late');
      expect(await line.deliver()).toEqual([expect.objectContaining({ applied: true })]);
      expect(await tryTaking(direct, clock)).toBeUndefined();
      clock.advance(STEAL_AFTER_MS);
      expect(await tryTaking(direct, clock)).toBeDefined();
    });

    it('T1 what arrives after another run has taken it is refused', async () => {
      const { clock, line, direct } = setUp(datastore);
      line.next('commit', { type: 'request late' });
      await expect(tryTaking(line, clock)).rejects.toThrow('request late');
      const other = await taken(direct, clock);
      expect(await line.deliver()).toEqual([refused]);
      expect(await other.commit([], 'to renew')).toBe(true);
    });
  });

  describe('a lease row that somebody else changes', () => {
    it('T1 is lost if it was deleted, and the next run makes it again', async () => {
      const { clock, line, direct } = setUp(datastore);
      await insertClaims(direct, clock, ['a']);
      const lease = await taken(line, clock);
      await direct.commit([{ type: 'delete', row: (await leaseRow(direct))! }], call);
      const write = giving(await existingRow(direct, 'a'), 0);
      await expect(lease.commit([write], 'to assign')).rejects.toThrow(LostLeaseError);
      expect(numberOf(await existingRow(direct, 'a'))).toBe(-1);
      const next = await taken(direct, clock);
      await expect(lease.commit([write], 'to assign')).rejects.toThrow(LostLeaseError);
      expect(await next.commit([write], 'to assign')).toBe(true);
    });

    it.each([
      ['nothing', {}],
      ['other types', { run_id: 5, step: 'x', held: 'yes', renewed_at: 'now', finished_at: true }],
      ['nulls', { run_id: null, step: null, held: true, renewed_at: null, scan_due_at: null }],
      ['times without end', { held: true, renewed_at: new Date('9999-12-31') }],
      ['a step without end', { held: true, step: 2 ** 53 - 1, run_id: '' }],
    ])('T1 is lost if it was filled with %s, and the next run takes it', async (_, data) => {
      const { clock, line, direct } = setUp(datastore);
      await insertClaims(direct, clock, ['a']);
      const lease = await taken(line, clock);
      const client = datastore.client();
      const path = LEASE_PATH.flatMap(({ kind, name }) => [kind, name!]);
      await client.save({ key: client.key({ namespace: DATASTORE_NAMESPACE, path }), data });
      const write = giving(await existingRow(direct, 'a'), 0);
      await expect(lease.commit([write], 'to assign')).rejects.toThrow(LostLeaseError);
      const next = await taken(direct, clock);
      expect(await next.commit([write], 'to assign')).toBe(true);
      await next.proveConditions();
      expect((await look(direct, clock)).state).toEqual(next.state);
    });
  });
});
