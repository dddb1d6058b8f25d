import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { systemClock } from '../../../lib/clock/clock.js';
import { Task } from '../../../lib/targets/task.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { insertClaims } from '../../task-numbers/datastore/claim-rows.js';
import {
  allRows,
  describeOnEmulators,
  type EmulatedDatastore,
} from '../../task-numbers/datastore/emulated-datastore.js';
import { examined, statuses, SUBJECT } from './examined.js';

const MINUTE_MS = 60_000;

function clockAt(aheadMs: number): Clock {
  return { ...systemClock, now: () => Date.now() + aheadMs };
}

/** A run of housekeeping by an instance that holds a number. */
async function housekeeping(datastore: EmulatedDatastore, clock: Clock): Promise<void> {
  const allocator = new DatastoreTaskNumAllocator(datastore.rows(), { clock });
  const task = new Task({ serviceName: 'my-shop', jobName: 'web', dataCenter: 'dc' });
  await allocator.notifyTaskIsAlive(task, 'i1').catch(() => undefined);
  await allocator.assignTaskNumbers();
}

describeOnEmulators('the doctor', datastore => {
  const rowsOf = (namespace: string): RowStore => datastore.rows(namespace);

  it('finds all well where housekeeping runs, and leaves no row behind', async () => {
    await housekeeping(datastore, systemClock);
    const findings = await examined({ rowsOf });
    expect(statuses(findings)).toEqual({
      datastore: 'ok',
      'conditional-writes': 'ok',
      clock: datastore.kind === 'firestore' ? 'ok' : 'skipped',
      housekeeping: 'ok',
      'task-numbers': 'ok',
      'cloud-monitoring': 'skipped',
      routes: 'skipped',
    });
    expect(findings.housekeeping?.detail).toMatch(/^Housekeeping finished \d+ s ago, called by /);
    expect(findings['task-numbers']?.detail).toBe(
      '1 instance holds a number, each another; 0 instances wait for one.',
    );
    expect(await allRows(datastore.rows(), 'DoctorCheck')).toEqual([]);
  });

  it('finds that housekeeping has never run, and says how to have it called', async () => {
    const { housekeeping: finding } = await examined({ rowsOf });
    expect(finding).toMatchObject({
      status: 'failed',
      detail: 'Housekeeping has never finished in this database, so no number is assigned.',
    });
    expect(finding?.mend?.join('\n')).toMatch(
      /gcloud app deploy cron\.yaml --project=my-shop\n.*gcloud scheduler jobs create http .*--uri=https:\/\/SERVICE_URL\/internal\/cron\/ts_mon\/housekeeping/,
    );
  });

  it('finds that housekeeping is not called any more, and who called it last', async () => {
    await housekeeping(datastore, clockAt(-21 * MINUTE_MS));
    const { housekeeping: finding } = await examined({ rowsOf });
    expect(finding).toMatchObject({
      status: 'failed',
      mend: [expect.any(String), expect.any(String)],
    });
    expect(finding?.detail).toMatch(/^Housekeeping last finished 21 min( \d+ s)? ago, called by /);
  });

  it('finds a number that two instances hold, of one job or of all', async () => {
    const store = datastore.rows();
    await insertClaims(store, systemClock, ['a', 'b'], { group: 'dc|shop|web|v1', taskNum: 3 });
    await insertClaims(store, systemClock, ['c'], { group: 'dc|shop|other|v1', taskNum: 3 });
    await insertClaims(store, systemClock, ['d'], { group: 'dc|shop|other|v1' });
    const { 'task-numbers': all } = await examined({ rowsOf });
    expect(all).toMatchObject({
      status: 'failed',
      detail: '1 number is held more than once: number 3 of dc|shop|web|v1 by a and b.',
    });
    expect(all?.mend?.[0]).toMatch(/luci-go/);
    const { 'task-numbers': other } = await examined({ rowsOf, job: 'other' });
    expect(other).toMatchObject({
      status: 'ok',
      detail: '1 instance of other holds a number, each another; 1 instance waits for one.',
    });
  });

  it('finds a server that ignores conditions, and still removes its row', async () => {
    const careless = (namespace: string): RowStore => {
      const store = datastore.rows(namespace);
      return {
        lookup: (paths, call) => store.lookup(paths, call),
        scan: (range, call) => store.scan(range, call),
        exists: (rows, call) => store.exists(rows, call),
        close: () => store.close(),
        // Puts the true version into each condition.
        commit: async ([write], call) => {
          if (write?.type !== 'update') {
            return await store.commit(write ? [write] : [], call);
          }
          const [row] = await store.lookup([write.row.path], call);
          return await store.commit([{ ...write, row: row! }], call);
        },
      };
    };
    const { 'conditional-writes': finding } = await examined({ rowsOf: careless });
    expect(finding).toMatchObject({ status: 'failed' });
    expect(finding?.detail).toMatch(/applied a write although its condition did not hold/);
    expect(await allRows(datastore.rows(), 'DoctorCheck')).toEqual([]);
  });

  it('removes its row, also when Datastore does not answer in between', async () => {
    const interrupted = (namespace: string): RowStore => {
      const store = datastore.rows(namespace);
      let commits = 0;
      return {
        lookup: (paths, call) => store.lookup(paths, call),
        scan: (range, call) => store.scan(range, call),
        exists: (rows, call) => store.exists(rows, call),
        close: () => store.close(),
        commit: async (writes, call) => {
          commits += 1;
          if (commits === 2) {
            throw new Error('UNAVAILABLE');
          }
          return await store.commit(writes, call);
        },
      };
    };
    const { 'conditional-writes': finding } = await examined({ rowsOf: interrupted });
    expect(finding).toMatchObject({ status: 'failed' });
    expect(await allRows(datastore.rows(), 'DoctorCheck')).toEqual([]);
  });

  it('lets two instances get their numbers when it is live, and removes their rows', async () => {
    const used: string[] = [];
    const findings = await examined({
      live: true,
      rowsOf: namespace => {
        used.push(namespace);
        return datastore.rows(namespace);
      },
    });
    expect(findings['number-life']).toEqual({
      check: 'number-life',
      status: 'ok',
      detail: 'Two instances claimed, got the numbers 0 and 1, and released them.',
    });
    const rows = datastore.rows(used.at(-1));
    expect(await allRows(rows)).toEqual([]);
    expect(await allRows(rows, 'HousekeepingLease')).toEqual([]);
  });
});

describeOnEmulators(
  'the doctor',
  datastore => {
    const rowsOf = (namespace: string): RowStore => datastore.rows(namespace);

    it.each([
      [
        10 * MINUTE_MS,
        /^The clock of this machine is (10 min|9 min \d+ s)( \d s)? ahead of the clock of Datastore\.$/,
      ],
      [
        -10 * MINUTE_MS,
        /^The clock of this machine is (10 min|9 min \d+ s)( \d s)? behind the clock of Datastore\.$/,
      ],
    ])('finds a clock that is wrong by %i ms', async (aheadMs, detail) => {
      const { clock } = await examined({ rowsOf, clock: clockAt(aheadMs) });
      expect(clock).toMatchObject({ status: 'failed', mend: ['sudo timedatectl set-ntp true'] });
      expect(clock?.detail).toMatch(detail);
    });
  },
  ['firestore'],
);

describe('the doctor without Datastore', () => {
  it('skips what needs an answer', async () => {
    const lookup = (): Promise<never> => Promise.reject(new Error('broken'));
    const close = (): Promise<void> => Promise.resolve();
    const rowsOf = (): RowStore => ({ lookup, close }) as unknown as RowStore;
    expect(statuses(await examined({ rowsOf, subject: SUBJECT, live: true }))).toEqual({
      datastore: 'failed',
      'conditional-writes': 'skipped',
      housekeeping: 'skipped',
      'task-numbers': 'skipped',
      'cloud-monitoring': 'skipped',
      routes: 'skipped',
    });
  });
});
