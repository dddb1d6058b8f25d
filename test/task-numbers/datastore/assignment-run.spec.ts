import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { AssignmentRun } from '../../../lib/task-numbers/datastore/assignment-run.js';
import { pathOf, propertiesOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import type { Row, RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import type { AssignmentReport } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { allRows, call, describeOnEmulators, rowOf } from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';

const GROUP = 'dc|service|job|host';

async function assign(store: RowStore, clock: Clock): Promise<AssignmentReport> {
  return await new AssignmentRun({ store, clock, deadlineMs: 20_000 }).run();
}

async function insertRow(
  store: RowStore,
  clock: Clock,
  id: string,
  taskNum = -1,
  ageSec = 0,
): Promise<void> {
  const properties = propertiesOf({
    group: GROUP,
    taskNum,
    lastUpdatedMs: clock.now() - ageSec * 1000,
    expirationSec: 60,
  });
  await store.commit([{ type: 'insert', path: pathOf(`${GROUP}|${id}`), properties }], call);
}

function numberOf(row: Row | undefined): number {
  return Number(row?.properties.task_num?.integerValue);
}

async function heartbeat(store: RowStore, clock: Clock, id: string): Promise<void> {
  const row = await rowOf(store, `${GROUP}|${id}`);
  if (!row) {
    throw new Error(`no row of ${id}`);
  }
  const properties = propertiesOf(
    { group: GROUP, taskNum: numberOf(row), lastUpdatedMs: clock.now() + 1, expirationSec: 60 },
    row.properties,
  );
  await store.commit([{ type: 'update', row, properties }], call);
}

describeOnEmulators('AssignmentRun', datastore => {
  it('T3 a heartbeat that lands between the reading and the removing saves its claim', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertRow(direct, clock, 'saved', 0, 61);
    await insertRow(direct, clock, 'dead', 1, 61);
    line.next(
      'commit',
      { type: 'overtaken', by: () => heartbeat(direct, clock, 'saved') },
      /saved/,
    );
    expect(await assign(line, clock)).toMatchObject({ expired: 1 });
    expect(numberOf(await rowOf(direct, `${GROUP}|saved`))).toBe(0);
    expect(await assign(line, clock)).toMatchObject({ instances: 1, expired: 0 });
  });

  it('a waiting row that changes during the run is left to the next one', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertRow(direct, clock, 'a');
    await insertRow(direct, clock, 'b');
    line.next('commit', { type: 'overtaken', by: () => heartbeat(direct, clock, 'a') }, /\|a"/);
    expect(await assign(line, clock)).toMatchObject({ instances: 2, assigned: 1 });
    expect((await allRows(direct)).map(numberOf)).toEqual([-1, 1]);
    expect(await assign(line, clock)).toMatchObject({ instances: 2, assigned: 1 });
    expect((await allRows(direct)).map(numberOf)).toEqual([0, 1]);
  });

  it('T2 a number whose commit had no answer goes to no other row of that run', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    for (const id of ['a', 'b', 'c', 'd']) {
      await insertRow(direct, clock, id);
    }
    line.next('commit', { type: 'reply lost' }, /\|a"/);
    line.next('commit', { type: 'request lost' }, /\|b"/);
    const run = assign(line, clock);
    await expect(run).rejects.toThrow(/failed for 2 claims \(expired 0, repaired 0, assigned 2\)/);
    await expect(run).rejects.toMatchObject({ errors: [expect.any(Error), expect.any(Error)] });
    expect((await allRows(direct)).map(numberOf)).toEqual([0, -1, 2, 3]);
    const offered = line.commits.flatMap(writes =>
      writes.map(write => ('properties' in write ? write.properties.task_num?.integerValue : '')),
    );
    expect(offered.toSorted()).toEqual(['0', '1', '2', '3']);
    expect(await assign(line, clock)).toMatchObject({ assigned: 1 });
    expect((await allRows(direct)).map(numberOf)).toEqual([0, 1, 2, 3]);
  });

  it('T2 a number whose removal had no answer is not given out in that run', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertRow(direct, clock, 'dead', 0, 61);
    await insertRow(direct, clock, 'new');
    line.next('commit', { type: 'reply lost' }, /to expire/);
    await expect(assign(line, clock)).rejects.toThrow('reply lost');
    expect((await allRows(direct)).map(numberOf)).toEqual([1]);
  });

  it('when not all claims can be read, nothing is written', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const line = new FaultyRowStore(direct);
    await insertRow(direct, clock, 'a');
    line.next('scan', { type: 'reply lost' });
    await expect(assign(line, clock)).rejects.toThrow('reply lost');
    expect(line.commits).toEqual([]);
  });

  it('serves more claims than fit on a page', async () => {
    const clock = new ManualClock();
    const direct = datastore.rows();
    const count = 520;
    const ids = Array.from({ length: count }, (_, i) => `i${String(i).padStart(4, '0')}`);
    const writes = ids.map(id => ({
      type: 'insert' as const,
      path: pathOf(`${GROUP}|${id}`),
      properties: propertiesOf({
        group: GROUP,
        taskNum: -1,
        lastUpdatedMs: clock.now(),
        expirationSec: 60,
      }),
    }));
    await direct.commit(writes, call);
    expect(await assign(direct, clock)).toMatchObject({ instances: count, assigned: count });
    expect((await allRows(direct)).map(numberOf)).toEqual(ids.map((_, i) => i));
    expect(await assign(direct, clock)).toMatchObject({ instances: count, assigned: 0 });
  });
});

describe('AssignmentRun on a backend that fails', () => {
  const clock = new ManualClock();

  function rowsOf(count: number): Row[] {
    return Array.from({ length: count }, (_, i) => ({
      path: pathOf(`${GROUP}|${i}`),
      version: '1',
      properties: propertiesOf({
        group: GROUP,
        taskNum: -1,
        lastUpdatedMs: clock.now(),
        expirationSec: 60,
      }),
    }));
  }

  function failingStore(rows: readonly Row[], fails: (attempt: number) => boolean) {
    let commits = 0;
    return {
      lookup: () => Promise.resolve(undefined),
      async *scan() {
        yield rows;
      },
      commit: async () => {
        if (fails(++commits)) {
          throw new Error('no answer');
        }
        return { applied: true as const, versions: ['2'] };
      },
      close: () => Promise.resolve(),
      commits: () => commits,
    };
  }

  it('gives up soon when nothing answers', async () => {
    const store = failingStore(rowsOf(1000), () => true);
    await expect(assign(store, clock)).rejects.toThrow(/Assigning task numbers failed for/);
    expect(store.commits()).toBeLessThan(50);
  });

  it('goes on past a few rows that fail', async () => {
    const store = failingStore(rowsOf(1000), attempt => attempt % 250 === 0);
    await expect(assign(store, clock)).rejects.toThrow(/failed for 4 claims .*assigned 996/);
    expect(store.commits()).toBe(1000);
  });
});
