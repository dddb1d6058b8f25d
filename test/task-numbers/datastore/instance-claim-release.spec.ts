import { expect, it } from 'vitest';
import { describeOnEmulators, rowOf } from './emulated-datastore.js';
import { EXPIRATION_SEC, holding, KEY, lastUpdatedMs, setUp } from './instance-claims.js';

describeOnEmulators('the release of an InstanceClaim', datastore => {
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
