import { expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { allRows, describeOnEmulators, rowOf } from './emulated-datastore.js';
import {
  claimOver,
  EXPIRATION_SEC,
  holding,
  KEY,
  lastUpdatedMs,
  setUp,
} from './instance-claims.js';

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
});
