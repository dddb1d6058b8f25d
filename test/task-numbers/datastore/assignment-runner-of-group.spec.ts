import { expect, it } from 'vitest';
import { GROUP, insertClaims, numbers } from './claim-rows.js';
import { describeOnEmulators } from './emulated-datastore.js';
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

describeOnEmulators('AssignmentRunner.serveGroup()', datastore => {
  const OTHER = 'dc|service|job|host2';

  it('serves its own target group, and leaves the others alone', async () => {
    const { clock, direct, keeper } = setUp(datastore);
    await insertClaims(direct, clock, ['a', 'b']);
    await insertClaims(direct, clock, ['c'], { group: OTHER });
    await insertClaims(direct, clock, ['dead'], { group: OTHER, taskNum: 0, ageSec: 61 });
    const report = await keeper.serveGroup(GROUP);
    expect(report).toMatchObject({
      ...worked,
      targets: 1,
      instances: 2,
      assigned: 2,
      expired: 0,
    });
    expect(await numbers(direct)).toEqual([-1, 0, 0, 1]);
    const state = await leaseState(direct);
    expect(state).toMatchObject({ held: false, finishedMs: 0, targets: 0, instances: 0 });
    expect(await keeperOver(direct, clock).keeper.serveAll(UNLESS_RECENT)).toMatchObject({
      ...worked,
      targets: 2,
      assigned: 1,
      expired: 1,
    });
  });

  it('T1 gives no number in a group that it cannot read in full', async () => {
    const { clock, direct, keeper } = setUp(datastore);
    const wide = 'dc|service';
    await insertClaims(direct, clock, ['z'], { group: wide, taskNum: 0 });
    await insertClaims(direct, clock, ['job|host|a'], { group: wide });
    await keeper.serveGroup(GROUP);
    expect(await numbers(direct)).toEqual([-1, 0]);
  });

  it('T3 gives claims that expire in time, though the last full reading planned no expiry so soon', async () => {
    const { clock, direct, keeper } = setUp(datastore);
    await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
    await keeper.serveAll({});
    await insertClaims(direct, clock, ['short']);
    await keeper.serveGroup(GROUP);
    clock.advance(60_001);
    const other = keeperOver(direct, clock);
    expect(await other.keeper.serveAll(WHEN_NEEDED)).toMatchObject({ expired: 1 });
  });

  it('H3 is skipped while another run works, which it asks about once a second', async () => {
    const { clock, direct, keeper, line } = setUp(datastore);
    const other = keeperOver(direct, clock);
    line.next('scan', {
      type: 'overtaken',
      by: async () => {
        const calls: number[] = [];
        for (let i = 0; i < 5; i++) {
          expect(await other.keeper.serveGroup(GROUP)).toEqual(skipped);
          calls.push(other.line.takeCalls().length);
          clock.advance(500);
        }
        expect(calls).toEqual([1, 0, 0, 1, 0]);
      },
    });
    await keeper.serveAll({});
    clock.advance(1_000);
    expect(await other.keeper.serveGroup(GROUP)).toMatchObject(worked);
  });
});
