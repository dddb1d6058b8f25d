import { expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { AssignmentRunner } from '../../../lib/task-numbers/datastore/assignment-runner.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import type { AssignmentReport } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import {
  existingRow,
  heartbeat,
  insertClaims,
  manyIds,
  numberOf,
  numbers,
  offers,
  sizes,
} from './claim-rows.js';
import { describeOnEmulators } from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';

async function assign(store: RowStore, clock: Clock): Promise<AssignmentReport> {
  const quiet = { onForeignWriter: () => undefined, onEmptied: () => undefined };
  return await new AssignmentRunner({ store, clock, deadlineMs: 20_000, ...quiet }).serveAll({});
}

describeOnEmulators('AssignmentRun', datastore => {
  it('T3 a heartbeat that lands between the reading and the removing saves its claim', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertClaims(direct, clock, ['saved'], { taskNum: 0, ageSec: 61 });
    await insertClaims(direct, clock, ['dead'], { taskNum: 1, ageSec: 61 });
    line.next(
      'commit',
      { type: 'overtaken', by: () => heartbeat(direct, clock, 'saved') },
      /to expire/,
    );
    expect(await assign(line, clock)).toMatchObject({ expired: 1 });
    expect(numberOf(await existingRow(direct, 'saved'))).toBe(0);
    expect(await assign(line, clock)).toMatchObject({ instances: 1, expired: 0 });
  });

  it('T3 a run that was frozen for hours takes no fresh heartbeat for one from the future', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertClaims(direct, clock, ['alive'], { taskNum: 0 });
    const freeze = async (): Promise<void> => {
      clock.jump(2 * 3_600_000);
      await heartbeat(direct, clock, 'alive');
    };
    line.next('scan', { type: 'overtaken', by: freeze });
    await assign(line, clock);
    expect(await assign(line, clock)).toMatchObject({ instances: 1, expired: 0 });
    expect(numberOf(await existingRow(direct, 'alive'))).toBe(0);
  });

  it('a waiting row that changes during the run is left to the next one', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertClaims(direct, clock, ['a', 'b']);
    line.next('commit', { type: 'overtaken', by: () => heartbeat(direct, clock, 'a') }, /assign/);
    expect(await assign(line, clock)).toMatchObject({ instances: 2, assigned: 1 });
    expect(await numbers(direct)).toEqual([-1, 1]);
    expect(await assign(line, clock)).toMatchObject({ instances: 2, assigned: 1 });
    expect(await numbers(direct)).toEqual([0, 1]);
  });

  it.each(['request lost', 'request late', 'reply lost'] as const)(
    'T2 a number whose commit had no answer (%s) stays with its row, and the run goes on',
    async type => {
      const clock = new ManualClock();
      const direct = datastore.rows();
      const line = new FaultyRowStore(direct);
      const ids = ['a', 'b', 'c', 'd'];
      await insertClaims(direct, clock, ids);
      line.next('commit', { type }, /to assign/);
      expect(await assign(line, clock)).toMatchObject({ skipped: false, assigned: 4 });
      expect(await numbers(direct)).toEqual([0, 1, 2, 3]);
      const offered = [...offers(line.commits).values()].map(of => Array.from(of));
      expect(offered).toEqual([[0], [1], [2], [3]]);
      const late = type === 'request late' ? [expect.objectContaining({ applied: false })] : [];
      expect(await line.deliver()).toEqual(late);
      expect(await numbers(direct)).toEqual([0, 1, 2, 3]);
    },
  );

  it.each(['request lost', 'request late', 'reply lost'] as const)(
    'T2 a number whose removal had no answer (%s) is not given out in that run',
    async type => {
      const clock = new ManualClock();
      const direct = datastore.rows();
      const line = new FaultyRowStore(direct);
      await insertClaims(direct, clock, ['dead'], { taskNum: 0, ageSec: 61 });
      await insertClaims(direct, clock, ['new']);
      line.next('commit', { type }, /to expire/);
      expect(await assign(line, clock)).toMatchObject({ expired: 1, assigned: 1 });
      expect(await numbers(direct)).toEqual([1]);
      await line.deliver();
      expect(await numbers(direct)).toEqual([1]);
    },
  );

  it('when no claims can be read, the run fails and writes nothing but its lease', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertClaims(direct, clock, ['a']);
    line.next('scan', { type: 'reply lost' });
    await expect(assign(line, clock)).rejects.toThrow('reply lost');
    expect(Math.max(...sizes(line.commits))).toBe(0);
    expect(await numbers(direct)).toEqual([-1]);
    expect(await assign(line, clock)).toMatchObject({ skipped: false, assigned: 1 });
  });

  it('T1 when the second page cannot be read, nobody is given a number', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    const ids = manyIds(520);
    await insertClaims(direct, clock, ids.slice(0, 500));
    await insertClaims(direct, clock, ids.slice(500), { taskNum: 0 });
    line.next('scan', {
      type: 'overtaken',
      by: async () => line.next('scan', { type: 'request lost' }),
    });
    await expect(assign(line, clock)).rejects.toThrow('request lost');
    expect(Math.max(...sizes(line.commits))).toBe(0);
    expect((await numbers(direct)).slice(0, 500)).toEqual(ids.slice(0, 500).map(() => -1));
  });

  it('serves more claims than fit on a page', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const ids = manyIds(520);
    await insertClaims(direct, clock, ids);
    expect(await assign(direct, clock)).toMatchObject({ instances: 520, assigned: 520 });
    expect(await numbers(direct)).toEqual(ids.map((_, i) => i));
    expect(await assign(direct, clock)).toMatchObject({ instances: 520, assigned: 0 });
  });
});
