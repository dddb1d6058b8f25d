import { expect, it } from 'vitest';
import { LEASE_PATH } from '../../../lib/task-numbers/datastore/lease-row.js';
import type { Row, RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { insertClaims } from './claim-rows.js';
import { allRows, call, describeOnEmulators } from './emulated-datastore.js';
import { keeperOver, setUp, WHEN_NEEDED } from './keepers.js';

async function removeAll(store: RowStore, rows: readonly Row[]): Promise<void> {
  await store.commit(
    rows.map(row => ({ type: 'delete', row }) as const),
    call,
  );
}

describeOnEmulators('A namespace that was emptied', datastore => {
  it.each([{}, WHEN_NEEDED])(
    'is reported by a process that has seen the lease: %j',
    async options => {
      const { clock, direct, keeper, emptied } = setUp(datastore);
      await insertClaims(direct, clock, ['a', 'b']);
      expect(await keeper.serveAll({})).not.toHaveProperty('emptied');
      const [lease] = await direct.lookup([LEASE_PATH], call);
      await removeAll(direct, [lease!, ...(await allRows(direct))]);
      clock.advance(5 * 60_000 + 1);
      expect(await keeper.serveAll(options)).toMatchObject({ skipped: false, emptied: true });
      expect(emptied()).toBe(1);
      expect(await keeper.serveAll(options)).not.toHaveProperty('emptied');
    },
  );

  it('is reported by any process where the lease is left', async () => {
    const { clock, direct, keeper } = setUp(datastore);
    await insertClaims(direct, clock, ['a', 'b']);
    await keeper.serveAll({});
    await removeAll(direct, await allRows(direct));
    const other = keeperOver(direct, clock);
    expect(await other.keeper.serveAll({})).toMatchObject({ instances: 0, emptied: true });
    expect(other.emptied()).toBe(1);
    expect(await other.keeper.serveAll({})).not.toHaveProperty('emptied');
  });

  it('is not reported if all claims have expired, also in a run that died before it could say so', async () => {
    const { clock, direct, keeper, line, emptied } = setUp(datastore);
    await insertClaims(direct, clock, ['a', 'b']);
    await keeper.serveAll({});
    clock.advance(3_600_000);
    line.next('commit', { type: 'request lost' }, /release the lease/);
    expect(await keeper.serveAll({})).toMatchObject({ expired: 2 });
    clock.advance(60_000);
    for (let run = 0; run < 3; run++) {
      expect(await keeper.serveAll({})).toMatchObject({ skipped: false, instances: 0 });
    }
    expect(emptied()).toBe(0);
  });

  it('is not reported if no number was ever claimed', async () => {
    const { keeper, emptied } = setUp(datastore);
    await keeper.serveAll({});
    await keeper.serveAll({});
    expect(emptied()).toBe(0);
  });
});
