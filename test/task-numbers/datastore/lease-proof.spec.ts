import { describe, expect, it } from 'vitest';
import {
  LEASE_PATH,
  leaseProperties,
  NO_LEASE,
} from '../../../lib/task-numbers/datastore/lease-row.js';
import { Lease } from '../../../lib/task-numbers/datastore/lease.js';
import {
  BrokenConditionError,
  type CommitAnswer,
  type Row,
  type RowStore,
  type RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { SeenLease } from '../../../lib/task-numbers/datastore/seen-lease.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

describe('Lease.proveConditions()', () => {
  const clock = new ManualClock();

  /** Answers commits as it is told. */
  async function leaseOver(
    answers: (CommitAnswer | Error)[],
  ): Promise<{ lease: Lease; commits: RowWrite[][] }> {
    const commits: RowWrite[][] = [];
    const row: Row = { path: LEASE_PATH, version: '5', properties: leaseProperties(NO_LEASE) };
    const store: RowStore = {
      lookup: async () => [row],
      scan: async function* () {},
      exists: async () => false,
      commit: async writes => {
        commits.push([...writes]);
        const answer = commits.length === 1 ? applied : answers.shift();
        if (answer === undefined || answer instanceof Error) {
          throw answer ?? new Error('asked too often');
        }
        return answer;
      },
      close: async () => undefined,
    };
    const seen = new SeenLease(clock, NO_LEASE, row);
    const lease = await Lease.take({ store, clock, deadlineMs: 1_000 }, seen);
    return { lease: lease!, commits };
  }

  const applied: CommitAnswer = { applied: true, versions: ['6'] };
  const aborted: CommitAnswer = { applied: false, reason: 'ABORTED' };
  const failed: CommitAnswer = { applied: false, reason: 'FAILED_PRECONDITION' };

  it('T1 one that applies a wrong version is found out', async () => {
    const { lease, commits } = await leaseOver([applied]);
    const proof = lease.proveConditions();
    await expect(proof).rejects.toThrow(BrokenConditionError);
    await expect(proof).rejects.toThrow(/No task numbers are assigned/);
    expect(commits[1]).toMatchObject([{ type: 'update', row: { version: '5' } }]);
  });

  it('T1 ABORTED does not count as proof', async () => {
    const { lease, commits } = await leaseOver([aborted, aborted, aborted, aborted, applied]);
    await expect(lease.proveConditions()).rejects.toThrow(BrokenConditionError);
    expect(commits).toHaveLength(6);
    const patient = await leaseOver([aborted, aborted, aborted, aborted, failed]);
    await patient.lease.proveConditions();
    const hopeless = await leaseOver(Array.from({ length: 9 }, () => aborted));
    await expect(hopeless.lease.proveConditions()).rejects.toThrow(
      /too many processes write at once/,
    );
  });

  it('T1 no answer does not count as proof', async () => {
    const { lease } = await leaseOver([new Error('no answer')]);
    await expect(lease.proveConditions()).rejects.toThrow('no answer');
  });
});
