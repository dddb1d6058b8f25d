import { expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { InstanceClaim } from '../../../lib/task-numbers/datastore/instance-claim.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { EXPIRATION_SEC, GROUP, heartbeat, insertClaims, numbers } from './claim-rows.js';
import { describeOnEmulators } from './emulated-datastore.js';
import { FaultyRowStore, type RowOperation } from './faulty-row-store.js';
import { keeperOver, LONG_SEC, setUp, skipped, worked } from './keepers.js';

/** An instance of its own, as seen by its claim. */
function claimOver(store: RowStore, clock: Clock, id: string): InstanceClaim {
  return new InstanceClaim({
    store,
    clock,
    key: `${GROUP}|${id}`,
    group: GROUP,
    expirationSec: EXPIRATION_SEC,
    deadlineMs: 20_000,
    onTrouble: () => undefined,
  });
}

describeOnEmulators('T4 while a process is frozen', datastore => {
  it.each<RowOperation>(['lookup', 'commit'])(
    'T4 an instance before the %s of its heartbeat, housekeeping gives it a number, and others go on',
    async operation => {
      const { clock, direct, keeper } = setUp(datastore);
      const line = new FaultyRowStore(direct);
      const frozen = claimOver(line, clock, 'frozen');
      const other = claimOver(direct, clock, 'other');
      await expect(frozen.notify()).rejects.toThrow(NoTaskNumberError);
      await expect(other.notify()).rejects.toThrow(NoTaskNumberError);
      // So old that the next heartbeat is written, not only looked up.
      clock.advance((EXPIRATION_SEC * 1000) / 5);
      let otherNumber: number | undefined;
      line.next(operation, {
        type: 'overtaken',
        by: async () => {
          expect(await keeper.serveAll({})).toMatchObject({ ...worked, assigned: 2 });
          otherNumber = await other.notify();
        },
      });
      expect(await frozen.notify()).toBe(0);
      expect(otherNumber).toBe(1);
      expect(await numbers(direct)).toEqual([0, 1]);
    },
  );

  it('T4 a run of housekeeping, heartbeats go on, others are told at once, and after 15 s one takes over', async () => {
    const { clock, direct, keeper, line } = setUp(datastore);
    const next = keeperOver(direct, clock);
    await insertClaims(direct, clock, ['a', 'b'], { expirationSec: LONG_SEC });
    line.next(
      'commit',
      {
        type: 'overtaken',
        by: async () => {
          await heartbeat(direct, clock, 'a');
          expect(await next.keeper.serveAll({})).toEqual(skipped);
          clock.advance(15_000);
          expect(await next.keeper.serveAll({})).toMatchObject({ ...worked, assigned: 2 });
        },
      },
      /assign/,
    );
    expect(await keeper.serveAll({})).toMatchObject({ skipped: true });
    expect(await numbers(direct)).toEqual([0, 1]);
  });
});
