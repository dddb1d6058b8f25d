import { expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { AssignmentRunner } from '../../../lib/task-numbers/datastore/assignment-runner.js';
import { InstanceClaim } from '../../../lib/task-numbers/datastore/instance-claim.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import {
  allRows,
  describeOnEmulators,
  rowOf,
  type EmulatedDatastore,
} from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';

const KEY = 'dc|service|job|host|instance';
const EXPIRATION_SEC = 600;

interface Setup {
  clock: ManualClock;
  /** Sees all that the claim under test asks for. */
  line: FaultyRowStore;
  claim: InstanceClaim;
  direct: RowStore;
  assign: () => Promise<unknown>;
}

function setUp(datastore: EmulatedDatastore): Setup {
  const clock = new ManualClock();
  const direct = datastore.rows();
  const line = new FaultyRowStore(direct);
  return {
    clock,
    line,
    direct,
    claim: claimOver(line, clock),
    assign: () =>
      new AssignmentRunner({
        store: direct,
        clock,
        deadlineMs: 20_000,
        onForeignWriter: () => undefined,
        onEmptied: () => undefined,
      }).serveAll({}),
  };
}

function claimOver(store: RowStore, clock: Clock): InstanceClaim {
  return new InstanceClaim({
    store,
    clock,
    key: KEY,
    group: 'dc|service|job|host',
    expirationSec: EXPIRATION_SEC,
    deadlineMs: 20_000,
    onTrouble: () => undefined,
  });
}

async function holding(setup: Setup): Promise<void> {
  await expect(setup.claim.notify()).rejects.toThrow(NoTaskNumberError);
  await setup.assign();
  expect(await setup.claim.notify()).toBe(0);
  setup.line.takeCalls();
}

async function lastUpdatedMs(store: RowStore): Promise<number> {
  const timestamp = (await rowOf(store, KEY))?.properties.last_updated?.timestampValue;
  return Number(timestamp?.seconds) * 1000 + Number(timestamp?.nanos) / 1e6;
}

describeOnEmulators('InstanceClaim', datastore => {
  it('F8 while it waits it is polled by plain lookups, and rewritten only every sixth of its expiry', async () => {
    const { clock, line, claim, direct } = setUp(datastore);
    await expect(claim.notify()).rejects.toThrow(NoTaskNumberError);
    // The id is new with each start: there is nothing to read.
    expect(line.takeCalls()).toEqual(['commit']);
    const startMs = clock.now();
    for (let i = 0; i < 9; i++) {
      clock.advance(11_000);
      await expect(claim.notify()).rejects.toThrow(NoTaskNumberError);
    }
    expect(line.takeCalls()).toEqual(Array.from({ length: 9 }, () => 'lookup'));
    expect(await lastUpdatedMs(direct)).toBe(startMs);
    clock.advance(1_000);
    await expect(claim.notify()).rejects.toThrow(NoTaskNumberError);
    expect(line.takeCalls()).toEqual(['lookup', 'commit']);
    expect(await lastUpdatedMs(direct)).toBe(startMs + 100_000);
  });

  it('T6 a held number is renewed by one commit, and nothing is read', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    for (let i = 0; i < 3; i++) {
      setup.clock.advance(100_000);
      expect(await setup.claim.notify()).toBe(0);
      expect(setup.line.takeCalls()).toEqual(['commit']);
      expect(await lastUpdatedMs(setup.direct)).toBe(setup.clock.now());
    }
  });

  it('each heartbeat changes the row, also when the clock stands still or goes back', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    const before = await lastUpdatedMs(setup.direct);
    await setup.claim.notify();
    await setup.claim.notify();
    expect(await lastUpdatedMs(setup.direct)).toBe(before + 2);
    const behind: Clock = {
      now: () => before - 3_600_000,
      monotonicNow: () => 0,
      after: () => () => undefined,
    };
    expect(await claimOver(setup.direct, behind).notify()).toBe(0);
    expect(await lastUpdatedMs(setup.direct)).toBe(before + 3);
  });

  it('a heartbeat that is refused reads the row, and goes on where it is still ours', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    // Another process of the same id, as after a restart.
    expect(await claimOver(setup.direct, setup.clock).notify()).toBe(0);
    expect(await setup.claim.notify()).toBe(0);
    expect(setup.line.takeCalls()).toEqual(['commit', 'lookup', 'commit']);
    expect(await setup.claim.notify()).toBe(0);
    expect(setup.line.takeCalls()).toEqual(['commit']);
  });

  it('a heartbeat whose row was removed registers a new claim, and says that there is no number', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    setup.clock.advance(EXPIRATION_SEC * 1000 + 2);
    await setup.assign();
    expect(await allRows(setup.direct)).toEqual([]);
    await expect(setup.claim.notify()).rejects.toThrow(NoTaskNumberError);
    expect(setup.line.takeCalls()).toEqual(['commit', 'lookup', 'commit']);
    expect((await rowOf(setup.direct, KEY))?.properties.task_num?.integerValue).toBe('-1');
  });

  it('a row that is removed between the reading and the writing is not made again with its old number', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    setup.line.next('commit', { type: 'request lost' });
    await expect(setup.claim.notify()).rejects.toThrow('request lost');
    setup.line.takeCalls();
    setup.clock.advance(EXPIRATION_SEC * 1000 + 2);
    setup.line.next('commit', { type: 'overtaken', by: setup.assign });
    await expect(setup.claim.notify()).rejects.toThrow(NoTaskNumberError);
    expect(setup.line.takeCalls()).toEqual(['lookup', 'commit', 'lookup', 'commit']);
    expect((await rowOf(setup.direct, KEY))?.properties.task_num?.integerValue).toBe('-1');
  });

  it('two processes that register the same id at once make one row', async () => {
    const setup = setUp(datastore);
    const other = claimOver(setup.direct, setup.clock);
    setup.line.next('commit', {
      type: 'overtaken',
      by: () => other.notify().catch(() => undefined),
    });
    await expect(setup.claim.notify()).rejects.toThrow(NoTaskNumberError);
    expect(await allRows(setup.direct)).toHaveLength(1);
  });

  it('a row that others keep changing is an error, not a lost number', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    const rival = claimOver(setup.direct, setup.clock);
    for (let i = 0; i < 2; i++) {
      setup.line.next('commit', { type: 'overtaken', by: () => rival.notify() });
    }
    const beaten = setup.claim.notify();
    await expect(beaten).rejects.toThrow(
      `Datastore refused twice to renew the claim "${KEY}": other processes keep changing its row`,
    );
    await expect(beaten).rejects.not.toBeInstanceOf(NoTaskNumberError);
    expect(await setup.claim.notify()).toBe(0);
  });

  it.each(['request lost', 'reply lost'] as const)(
    'a heartbeat with an unknown answer (%s) is an error, and the next one reads the row',
    async type => {
      const setup = setUp(datastore);
      await holding(setup);
      setup.line.next('commit', { type });
      await expect(setup.claim.notify()).rejects.toThrow(type);
      setup.line.takeCalls();
      expect(await setup.claim.notify()).toBe(0);
      expect(setup.line.takeCalls()).toEqual(['lookup', 'commit']);
    },
  );

  it.each(['request lost', 'reply lost'] as const)(
    'a registration with an unknown answer (%s) ends in one claim',
    async type => {
      const setup = setUp(datastore);
      setup.line.next('commit', { type });
      await expect(setup.claim.notify()).rejects.toThrow(type);
      await expect(setup.claim.notify()).rejects.toThrow(NoTaskNumberError);
      expect(await allRows(setup.direct)).toHaveLength(1);
      await setup.assign();
      expect(await setup.claim.notify()).toBe(0);
    },
  );

  it('a lookup that fails is an error, and registers nothing', async () => {
    const setup = setUp(datastore);
    await expect(setup.claim.notify()).rejects.toThrow(NoTaskNumberError);
    setup.clock.advance(EXPIRATION_SEC * 1000 + 1);
    await setup.assign();
    setup.line.takeCalls();
    setup.line.next('lookup', { type: 'reply lost' });
    await expect(setup.claim.notify()).rejects.toThrow('reply lost');
    expect(setup.line.takeCalls()).toEqual(['lookup']);
    expect(await allRows(setup.direct)).toEqual([]);
  });

  it('heartbeats at the same time run one after the other, also after one that failed', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    setup.line.next('commit', { type: 'request lost' });
    const answers = await Promise.allSettled(Array.from({ length: 4 }, () => setup.claim.notify()));
    expect(answers.map(answer => answer.status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(setup.line.takeCalls()).toEqual(['commit', 'lookup', 'commit', 'commit', 'commit']);
  });

  it('a release that comes while a heartbeat is under way makes that heartbeat reject', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    let released: Promise<void> | undefined;
    setup.line.next('commit', {
      type: 'overtaken',
      by: async () => {
        released = setup.claim.release();
      },
    });
    await expect(setup.claim.notify()).rejects.toThrow('was released');
    await released;
    const agedMs = setup.clock.now() - EXPIRATION_SEC * 1000 + 60_000;
    expect(await lastUpdatedMs(setup.direct)).toBe(agedMs);
  });

  it('a release costs one commit where the version is known, and says to housekeeping that it was one', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    const before = await rowOf(setup.direct, KEY);
    await setup.claim.release();
    expect(setup.line.takeCalls()).toEqual(['commit']);
    const after = await rowOf(setup.direct, KEY);
    const { released, ...others } = after?.properties ?? {};
    expect(released?.booleanValue).toBe(true);
    expect({ ...others, last_updated: 0 }).toEqual({
      ...before?.properties,
      last_updated: 0,
      task_num: { ...before?.properties.task_num, excludeFromIndexes: false },
    });
  });

  it('T1 a release counts from the latest time of any heartbeat, also where the clock was set back', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    const latestMs = setup.clock.now();
    setup.clock.jump(-300_000);
    expect(await setup.claim.notify()).toBe(0);
    setup.clock.advance(1_000);
    expect(await setup.claim.notify()).toBe(0);
    setup.clock.advance(1_000);
    await setup.claim.release();
    const agedMs = latestMs + 2_000 - EXPIRATION_SEC * 1000 + 60_000;
    expect(await lastUpdatedMs(setup.direct)).toBe(agedMs);
  });

  it('a release with an unknown answer is an error, and can be tried again', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    setup.line.next('commit', { type: 'reply lost' });
    await expect(setup.claim.release()).rejects.toThrow('reply lost');
    await expect(setup.claim.notify()).rejects.toThrow('was released');
    await setup.claim.release();
    const agedMs = setup.clock.now() - EXPIRATION_SEC * 1000 + 60_000;
    expect(await lastUpdatedMs(setup.direct)).toBe(agedMs);
  });

  it('T1 a release counts from the latest time of any heartbeat, be it unanswered and the clock set back since', async () => {
    const setup = setUp(datastore);
    const latestMs = setup.clock.now();
    setup.line.next('commit', { type: 'reply lost' });
    await expect(setup.claim.notify()).rejects.toThrow('reply lost');
    setup.clock.jump(-300_000);
    await setup.assign();
    expect(await setup.claim.notify()).toBe(0);
    await setup.claim.release();
    expect(await lastUpdatedMs(setup.direct)).toBe(latestMs - EXPIRATION_SEC * 1000 + 60_000);
  });

  it('a release does not touch a row that is older already', async () => {
    const setup = setUp(datastore);
    await holding(setup);
    setup.clock.advance(EXPIRATION_SEC * 1000);
    const before = await rowOf(setup.direct, KEY);
    await setup.claim.release();
    expect((await rowOf(setup.direct, KEY))?.version).toBe(before?.version);
  });
});
