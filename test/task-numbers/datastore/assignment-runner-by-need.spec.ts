import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import { GROUP, heartbeat, insertClaims, releaseClaim } from './claim-rows.js';
import { describeOnEmulators } from './emulated-datastore.js';
import {
  keeperOver,
  LONG_SEC,
  setUp,
  skipped,
  UNLESS_RECENT,
  WHEN_NEEDED,
  worked,
} from './keepers.js';

describeOnEmulators('AssignmentRunner by need', datastore => {
  /** Writes a row as luci-go does. */
  async function writeGoRow(clock: Clock, id: string, task_num: number): Promise<void> {
    const client = datastore.client();
    await client.save({
      key: client.key({ namespace: DATASTORE_NAMESPACE, path: ['Instance', `${GROUP}|${id}`] }),
      data: { target: GROUP, task_num, last_updated: new Date(clock.now()) },
      excludeFromIndexes: ['target', 'task_num', 'last_updated'],
    });
  }

  describe("scan 'when-needed'", () => {
    it('H3 costs one small query if no claim waits and the lease is known', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      line.takeCalls();
      for (let i = 0; i < 4; i++) {
        clock.advance(60_000);
        const report = await keeper.serveAll(WHEN_NEEDED);
        expect(report).toMatchObject({ ...worked, targets: 1, instances: 1, assigned: 0 });
        expect(line.takeCalls()).toEqual(['exists']);
      }
      const other = keeperOver(direct, clock);
      expect(await other.keeper.serveAll(WHEN_NEEDED)).toMatchObject({ targets: 1, instances: 1 });
      expect(other.line.takeCalls()).toEqual(['lookup', 'exists']);
      await other.keeper.serveAll(WHEN_NEEDED);
      expect(other.line.takeCalls()).toEqual(['exists']);
    });

    it('H3 trusts its last look at the lease for five minutes', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      line.takeCalls();
      clock.advance(300_000);
      await keeper.serveAll(WHEN_NEEDED);
      expect(line.takeCalls()).toEqual(['exists']);
      clock.advance(1);
      await keeper.serveAll(WHEN_NEEDED);
      expect(line.takeCalls()).toEqual(['lookup', 'exists']);
      clock.advance(300_000);
      await keeper.serveAll(WHEN_NEEDED);
      expect(line.takeCalls()).toEqual(['exists']);
    });

    it('T3 reads all claims again when one may have expired', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['old'], { taskNum: 0, ageSec: 20 });
      await insertClaims(direct, clock, ['young'], { taskNum: 1 });
      await keeper.serveAll({});
      line.takeCalls();
      clock.advance(40_000);
      expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ instances: 2, expired: 0 });
      expect(line.takeCalls()).toEqual(['exists']);
      clock.advance(1);
      expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ instances: 1, expired: 1 });
      expect(line.takeCalls()).toContain('scan');
      clock.advance(20_000);
      const other = keeperOver(direct, clock);
      expect(await other.keeper.serveAll(WHEN_NEEDED)).toMatchObject({ expired: 1 });
    });

    it('reads all claims again after 15 minutes at most', async () => {
      const { clock, direct, keeper } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      const callsAt = async (ms: number): Promise<string[]> => {
        clock.advance(ms);
        const { keeper: fresh, line } = keeperOver(direct, clock);
        await fresh.serveAll(WHEN_NEEDED);
        return line.takeCalls();
      };
      expect(await callsAt(15 * 60_000 - 1)).toEqual(['lookup', 'exists']);
      expect(await callsAt(1)).toContain('scan');
      expect(await callsAt(1)).toEqual(['lookup', 'exists']);
    });

    it('finds a waiting claim at once', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      await insertClaims(direct, clock, ['b'], { expirationSec: LONG_SEC });
      expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ assigned: 1, instances: 2 });
      line.takeCalls();
      await keeper.serveAll(WHEN_NEEDED);
      expect(line.takeCalls()).toEqual(['exists']);
    });

    it('finds a released claim until it is removed', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a', 'b'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      await releaseClaim(direct, clock, 'a');
      line.takeCalls();
      expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ instances: 2, expired: 0 });
      expect(line.takeCalls()).toContain('scan');
      clock.advance(60_001);
      expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ expired: 1, released: 1 });
      line.takeCalls();
      await keeper.serveAll(WHEN_NEEDED);
      expect(line.takeCalls()).toEqual(['exists']);
    });

    it('T5 reads all claims in every run while there are rows of luci-go, which carry no index', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['ours'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      await writeGoRow(clock, 'go', 7);
      await keeper.serveAll({});
      for (let i = 0; i < 3; i++) {
        clock.advance(60_000);
        line.takeCalls();
        expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ instances: 2 });
        expect(line.takeCalls()).toContain('scan');
      }
      await writeGoRow(clock, 'go-waits', -1);
      expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ assigned: 1 });
      clock.advance(1_800_001);
      expect(await keeper.serveAll(WHEN_NEEDED)).toMatchObject({ expired: 2 });
      await keeper.serveAll(WHEN_NEEDED);
      line.takeCalls();
      await keeper.serveAll(WHEN_NEEDED);
      expect(line.takeCalls()).toEqual(['exists']);
    });

    it('reads all claims in the next run if a run had to leave something', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { taskNum: 0, ageSec: 61 });
      const by = (): Promise<void> => heartbeat(direct, clock, 'a');
      line.next('commit', { type: 'overtaken', by }, /expire/);
      expect(await keeper.serveAll({})).toMatchObject({ expired: 0 });
      line.takeCalls();
      await keeper.serveAll(WHEN_NEEDED);
      expect(line.takeCalls()).toContain('scan');
    });

    it('reads all claims in the next run if a run failed', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      line.next('scan', { type: 'request lost' });
      await expect(keeper.serveAll({})).rejects.toThrow('request lost');
      const other = keeperOver(direct, clock);
      expect(await other.keeper.serveAll(WHEN_NEEDED)).toMatchObject(worked);
      expect(other.line.takeCalls()).toContain('scan');
    });
  });

  describe('unlessFinishedWithinSec', () => {
    it('H3 costs no call if a run of this process has finished so recently', async () => {
      const { clock, keeper, line } = setUp(datastore);
      await keeper.serveAll({});
      line.takeCalls();
      clock.advance(44_999);
      expect(await keeper.serveAll(UNLESS_RECENT)).toEqual(skipped);
      expect(line.takeCalls()).toEqual([]);
      clock.advance(1);
      expect(await keeper.serveAll(UNLESS_RECENT)).toMatchObject(worked);
    });

    it('H3 costs one lookup if a run of another process has, and then none', async () => {
      const { clock, direct, keeper } = setUp(datastore);
      await keeper.serveAll({});
      clock.advance(10_000);
      const other = keeperOver(direct, clock);
      expect(await other.keeper.serveAll(UNLESS_RECENT)).toEqual(skipped);
      expect(other.line.takeCalls()).toEqual(['lookup']);
      expect(await other.keeper.serveAll(UNLESS_RECENT)).toEqual(skipped);
      expect(other.line.takeCalls()).toEqual([]);
      expect(await other.keeper.serveAll({})).toMatchObject(worked);
      clock.advance(45_000);
      expect(await other.keeper.serveAll(UNLESS_RECENT)).toMatchObject(worked);
    });

    it('H3 costs no call while another is known to be at work, for 15 s', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      const other = keeperOver(direct, clock);
      line.next('scan', {
        type: 'overtaken',
        by: async () => {
          expect(await other.keeper.serveAll(UNLESS_RECENT)).toEqual(skipped);
          expect(other.line.takeCalls()).toEqual(['lookup']);
          expect(await other.keeper.serveAll(UNLESS_RECENT)).toEqual(skipped);
          expect(other.line.takeCalls()).toEqual([]);
          expect(await other.keeper.serveAll({})).toEqual(skipped);
          expect(other.line.takeCalls()).toEqual(['lookup']);
        },
      });
      expect(await keeper.serveAll({})).toMatchObject(worked);
      clock.advance(15_000);
      await other.keeper.serveAll(UNLESS_RECENT);
      expect(other.line.takeCalls()).toEqual(['lookup']);
    });

    it('a run that found nothing to do counts as one that finished', async () => {
      const { clock, direct, keeper, line } = setUp(datastore);
      await insertClaims(direct, clock, ['a'], { expirationSec: LONG_SEC });
      await keeper.serveAll({});
      clock.advance(50_000);
      await keeper.serveAll(WHEN_NEEDED);
      line.takeCalls();
      expect(await keeper.serveAll({ ...WHEN_NEEDED, ...UNLESS_RECENT })).toEqual(skipped);
      expect(line.takeCalls()).toEqual([]);
    });

    it('a run that failed does not count', async () => {
      const { keeper, line } = setUp(datastore);
      line.next('scan', { type: 'request lost' });
      await expect(keeper.serveAll({})).rejects.toThrow('request lost');
      expect(await keeper.serveAll(UNLESS_RECENT)).toMatchObject(worked);
    });
  });
});
