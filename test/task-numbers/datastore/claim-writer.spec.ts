import { expect, it } from 'vitest';
import { ClaimWriter, type ClaimChange } from '../../../lib/task-numbers/datastore/claim-writer.js';
import { claimOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import { Lease, LostLeaseError } from '../../../lib/task-numbers/datastore/lease.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { lookAtLease } from '../../../lib/task-numbers/datastore/seen-lease.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import {
  existingRow,
  GROUP,
  heartbeat,
  insertClaims,
  manyIds,
  numbers,
  offers,
  releaseClaim,
  sizes,
} from './claim-rows.js';
import {
  allRows,
  call,
  describeOnEmulators,
  rowOf,
  type EmulatedDatastore,
} from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';
import { SmallCommitsRowStore } from './small-commits-row-store.js';

const DEADLINE_MS = 20_000;

interface Setup {
  readonly clock: ManualClock;
  readonly direct: RowStore;
  /** Sees all that the run under test asks for, from when it has the lease. */
  readonly line: FaultyRowStore;
  readonly writer: ClaimWriter;
}

async function setUp(datastore: EmulatedDatastore, maxRows = Infinity): Promise<Setup> {
  const clock = new ManualClock();
  const direct = datastore.rows();
  const line = new FaultyRowStore(new SmallCommitsRowStore(direct, maxRows));
  const options = { store: line, clock, deadlineMs: DEADLINE_MS };
  const lease = await Lease.take(options, await lookAtLease(options));
  line.commits.length = 0;
  return { clock, direct, line, writer: new ClaimWriter(line, lease!, DEADLINE_MS) };
}

/** Waiting claims, and the changes that give them the numbers from 0. */
async function assignments({ direct, clock }: Setup, ids: string[]): Promise<ClaimChange[]> {
  await insertClaims(direct, clock, ids);
  const claims = (await allRows(direct)).map(claimOf);
  return claims.map((claim, taskNum) => ({
    type: 'assign',
    claim,
    taskNum,
    assignedMs: clock.now(),
  }));
}

/** Claims of the dead, and the changes that remove them. */
async function expiries({ direct, clock }: Setup, ids: string[]): Promise<ClaimChange[]> {
  await insertClaims(direct, clock, ids, { taskNum: 3, ageSec: 1_000 });
  return (await allRows(direct)).map(row => ({ type: 'expire', claim: claimOf(row) }));
}

const onlyOneEach = (setup: Setup): boolean =>
  [...offers(setup.line.commits).values()].every(offered => offered.size === 1);

describeOnEmulators('ClaimWriter', datastore => {
  it('writes chunks of 200 rows, each with the lease', async () => {
    const setup = await setUp(datastore);
    const ids = manyIds(450);
    await setup.writer.write(await assignments(setup, ids));
    expect(sizes(setup.line.commits)).toEqual([200, 200, 50]);
    expect(setup.line.commits.map(writes => writes.length)).toEqual([201, 201, 51]);
    expect(await numbers(setup.direct)).toEqual(ids.map((_, i) => i));
    expect(setup.writer.counts).toMatchObject({ assign: 450, expire: 0, left: 0 });
  });

  it('writes nothing, not even the lease, without changes', async () => {
    const setup = await setUp(datastore);
    await setup.writer.write([]);
    expect(setup.line.calls).toEqual(['lookup', 'commit']);
  });

  it('T3 halves a chunk that is refused, down to the rows that refuse, which are left; all others are applied', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, manyIds(16));
    await heartbeat(setup.direct, setup.clock, 'i005');
    await setup.direct.commit(
      [{ type: 'delete', row: await existingRow(setup.direct, 'i012') }],
      call,
    );
    await setup.writer.write(changes);
    expect(setup.writer.counts).toMatchObject({ assign: 14, left: 2 });
    expect(sizes(setup.line.commits)).toEqual([16, 8, 4, 4, 2, 1, 1, 2, 8, 4, 4, 2, 1, 1, 2]);
    const expected = manyIds(16).flatMap((_, i) => (i === 12 ? [] : [i === 5 ? -1 : i]));
    expect(await numbers(setup.direct)).toEqual(expected);
    expect(onlyOneEach(setup)).toBe(true);
  });

  it('T3 a refused removal leaves its row, and removes the others', async () => {
    const setup = await setUp(datastore);
    const changes = await expiries(setup, manyIds(5));
    await heartbeat(setup.direct, setup.clock, 'i003');
    await setup.writer.write(changes);
    expect(setup.writer.counts).toMatchObject({ expire: 4, left: 1 });
    expect((await allRows(setup.direct)).map(row => claimOf(row).key)).toEqual([`${GROUP}|i003`]);
  });

  it('T2 a chunk that the server refuses for another reason is halved too, and its numbers stay with their rows', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, manyIds(4));
    setup.line.next('commit', { type: 'refused', reason: 'ABORTED' }, /./, 2);
    await setup.writer.write(changes);
    expect(sizes(setup.line.commits)).toEqual([4, 2, 1, 1, 2]);
    expect(await numbers(setup.direct)).toEqual([0, 1, 2, 3]);
    expect(onlyOneEach(setup)).toBe(true);
  });

  it('T2 a commit without an answer that was applied is not sent again', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, manyIds(10));
    setup.line.next('commit', { type: 'reply lost' }, /assign/);
    await setup.writer.write(changes);
    expect(setup.writer.counts).toMatchObject({ assign: 10, left: 0 });
    expect(sizes(setup.line.commits)).toEqual([10, 0]);
  });

  it.each(['request lost', 'request late'] as const)(
    'T2 a commit without an answer that was not applied (%s) is sent again with the same numbers, the second time in smaller chunks',
    async type => {
      const setup = await setUp(datastore);
      const changes = await assignments(setup, manyIds(10));
      setup.line.next('commit', { type }, /assign/);
      setup.line.next('commit', { type }, /assign/);
      await setup.writer.write(changes);
      expect(sizes(setup.line.commits)).toEqual([10, 0, 10, 0, 5, 5]);
      expect(setup.writer.counts).toMatchObject({ assign: 10, left: 0 });
      expect(onlyOneEach(setup)).toBe(true);
      await setup.line.deliver();
      expect(await numbers(setup.direct)).toEqual(manyIds(10).map((_, i) => i));
    },
  );

  it('T2 after a commit without an answer a row that its instance renewed keeps the number offered to it', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, ['a', 'b']);
    setup.line.next('commit', { type: 'request lost' }, /assign/);
    setup.line.next(
      'commit',
      { type: 'overtaken', by: () => heartbeat(setup.direct, setup.clock, 'a') },
      /renew/,
    );
    await setup.writer.write(changes);
    expect(await numbers(setup.direct)).toEqual([0, 1]);
    const [a] = await allRows(setup.direct);
    expect(claimOf(a!).lastUpdatedMs).toBe(setup.clock.now() + 1);
    expect(setup.writer.counts).toMatchObject({ assign: 2, left: 0 });
  });

  it('T3 after a removal without an answer a claim that was renewed meanwhile is left alone', async () => {
    const setup = await setUp(datastore);
    const changes = await expiries(setup, ['a', 'b']);
    setup.line.next('commit', { type: 'request lost' }, /expire/);
    setup.line.next(
      'commit',
      { type: 'overtaken', by: () => heartbeat(setup.direct, setup.clock, 'a') },
      /renew/,
    );
    await setup.writer.write(changes);
    expect((await allRows(setup.direct)).map(row => claimOf(row).key)).toEqual([`${GROUP}|a`]);
    expect(setup.writer.counts).toMatchObject({ expire: 1, left: 1 });
  });

  it('after a commit without an answer a claim that was released meanwhile gets no number', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, ['a', 'b']);
    const release = (): Promise<void> => releaseClaim(setup.direct, setup.clock, 'a');
    setup.line.next('commit', { type: 'request lost' }, /assign/);
    setup.line.next('commit', { type: 'overtaken', by: release }, /renew/);
    await setup.writer.write(changes);
    expect(await numbers(setup.direct)).toEqual([-1, 1]);
  });

  it('counts released claims among the removed ones', async () => {
    const setup = await setUp(datastore);
    await insertClaims(setup.direct, setup.clock, ['a', 'b', 'c'], { taskNum: 1, ageSec: 1_000 });
    await releaseClaim(setup.direct, setup.clock, 'b', -1_000_000);
    setup.line.next('commit', { type: 'reply lost' }, /expire/);
    const rows = await allRows(setup.direct);
    await setup.writer.write(rows.map(one => ({ type: 'expire', claim: claimOf(one) })));
    expect(setup.writer.counts).toMatchObject({ expire: 3, released: 1 });
  });

  it('a server that takes 25 rows in a commit still serves 300 claims', async () => {
    const setup = await setUp(datastore, 25);
    const ids = manyIds(300);
    await setup.writer.write(await assignments(setup, ids));
    expect(await numbers(setup.direct)).toEqual(ids.map((_, i) => i));
    expect(setup.writer.counts).toMatchObject({ assign: 300, left: 0 });
    expect(onlyOneEach(setup)).toBe(true);
    // It finds the size once: eight commits without success, a renewal after each, then chunks of 12.
    const tooLarge = [200, 200, 100, 100, 50, 50, 25, 25];
    expect(sizes(setup.line.commits).filter(size => size > 24)).toEqual(tooLarge);
    expect(setup.line.commits.length).toBeLessThan(50);
  });

  it('a server that takes one row beside the lease still serves all', async () => {
    const setup = await setUp(datastore, 2);
    await setup.writer.write(await assignments(setup, manyIds(12)));
    expect(await numbers(setup.direct)).toEqual(manyIds(12).map((_, i) => i));
  });

  it('gives up after seventeen commits in a row without an answer', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, manyIds(60));
    setup.line.always('commit', { type: 'request lost' }, /assign/);
    await expect(setup.writer.write(changes)).rejects.toThrow('request lost');
    expect(setup.line.commits.filter(writes => writes.length > 1)).toHaveLength(17);
    expect(setup.writer.counts).toMatchObject({ assign: 0 });
  });

  it('a few commits without an answer, far between, end no run', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, manyIds(60));
    const key = (id: string): RegExp => new RegExp(`assign.*${id}"$|assign.*${id}" and`);
    for (const id of manyIds(60).filter((_, i) => i % 5 === 0)) {
      setup.line.next('commit', { type: 'request lost' }, key(id));
    }
    await setup.writer.write(changes);
    expect(setup.writer.counts).toMatchObject({ assign: 60, left: 0 });
  });

  it('T1 ends when the lease is lost, and writes nothing more', async () => {
    const setup = await setUp(datastore);
    const changes = await assignments(setup, manyIds(4));
    const steal = async (): Promise<void> => {
      setup.clock.advance(15_000);
      const options = { store: setup.direct, clock: setup.clock, deadlineMs: DEADLINE_MS };
      await Lease.take(options, await lookAtLease(options));
    };
    setup.line.next('commit', { type: 'overtaken', by: steal }, /assign/);
    await expect(setup.writer.write(changes)).rejects.toThrow(LostLeaseError);
    expect(sizes(setup.line.commits)).toEqual([4]);
    expect(await numbers(setup.direct)).toEqual([-1, -1, -1, -1]);
    expect(await rowOf(setup.direct, `${GROUP}|i000`)).toBeDefined();
  });
});
