import { setTimeout as sleep } from 'node:timers/promises';
import { Datastore } from '@google-cloud/datastore';
import { WAITING } from '../../../lib/task-numbers/claim.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import {
  claimOf,
  DATASTORE_NAMESPACE,
  pathOf,
  propertiesOf,
  releasedProperties,
} from '../../../lib/task-numbers/datastore/instance-row.js';
import type {
  CommitAnswer,
  Row,
  RowStore,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { ModelDatastore } from '../../task-numbers/model/model-datastore.js';
import { ModelRowStore, type ModelRequest } from '../../task-numbers/model/model-row-store.js';
import { emulatorsMissing, startEmulator } from '../../support/emulators.js';
import type { BenchTable, Effort, Row as BenchRow } from '../bench-table.js';
import { spreadOf } from '../spread.js';
import { TimedRowStore, type TimedOperation } from './timed-row-store.js';

/** The emulator takes longer for a page the more rows there are. */
const ON_EMULATOR = { short: [1_000], long: [1_000, 10_000] } as const;
const IN_MEMORY = { short: [10_000], long: [10_000, 100_000] } as const;
const MINUTES = { short: 2, long: 5 } as const;
/** A tenth of all instances is replaced in an hour. */
const CHURN_AN_HOUR = 1 / 10;
const MINUTES_AN_HOUR = 60;
const GROUPS = 200;
const EXPIRATION_SEC = 1800;
const COMMIT_ROWS = 500;
const LONGEST_RUN_MS = 30_000;

export const table: BenchTable = {
  title: 'a run of housekeeping, when a tenth of the instances is replaced in an hour',
  missing: emulatorsMissing,
  measure: async effort => {
    const { rows, latencies } = await onEmulator(effort);
    for (const claims of IN_MEMORY[effort]) {
      const store = new TimedRowStore(slowMemory(latencies));
      rows.push(await measure('in memory', store, claims, effort));
    }
    return rows;
  },
};

/** How long each kind of call takes, in milliseconds. */
type Latencies = Record<TimedOperation, number>;

async function onEmulator(effort: Effort): Promise<{ rows: BenchRow[]; latencies: Latencies }> {
  const emulator = await startEmulator('firestore');
  try {
    const rows: BenchRow[] = [];
    const latencies: Latencies[] = [];
    for (const claims of ON_EMULATOR[effort]) {
      await emulator.reset();
      const store = new TimedRowStore(connect(emulator.host));
      rows.push(await measure('Firestore emulator', store, claims, effort));
      latencies.push(latenciesOf(store));
      await store.close();
    }
    return { rows, latencies: latencies[0]! };
  } finally {
    await emulator.stop();
  }
}

function connect(apiEndpoint: string): RowStore {
  const load = async (): Promise<Datastore> => new Datastore({ projectId: 'bench', apiEndpoint });
  return new GapicRowStore(load, DATASTORE_NAMESPACE);
}

function latenciesOf({ timesMs }: TimedRowStore): Latencies {
  const [lookup, page, exists, commit] = (['lookup', 'page', 'exists', 'commit'] as const).map(
    operation => spreadOf(timesMs[operation]).median,
  );
  return { lookup: lookup!, page: page!, exists: exists!, commit: commit! };
}

/** Rows in memory, whose answers take as long as those of the emulator with few claims. */
function slowMemory(latencies: Latencies): RowStore {
  const timeOf = (operation: ModelRequest['operation']): number =>
    operation === 'put' ? 0 : latencies[operation];
  return new ModelRowStore(new ModelDatastore({ mode: 'pessimistic' }), {
    send: async request => {
      await sleep(timeOf(request.operation));
      return request.apply();
    },
  });
}

async function measure(
  where: string,
  store: TimedRowStore,
  claims: number,
  effort: Effort,
): Promise<BenchRow> {
  const fleet = new ChurningFleet(store);
  await fleet.start(claims);
  const allocator = new DatastoreTaskNumAllocator(store);
  // Gives the whole fleet its numbers, which is not measured.
  await allocator.assignTaskNumbers();
  const churn = Math.ceil((claims * CHURN_AN_HOUR) / MINUTES_AN_HOUR);
  const timesMs: number[] = [];
  const calls: number[] = [];
  while (timesMs.length < MINUTES[effort]) {
    await fleet.replace(churn);
    const callsBefore = store.calls;
    const startMs = performance.now();
    const { assigned } = await allocator.assignTaskNumbers({ scan: 'when-needed' });
    timesMs.push(performance.now() - startMs);
    calls.push(store.calls - callsBefore);
    if (assigned !== churn) {
      throw new Error(`${assigned} of ${churn} instances got a number.`);
    }
  }
  const { page, commit } = latenciesOf(store);
  return {
    what: `${where}, ${claims.toLocaleString('en')} claims, ${churn} replaced in the minute`,
    unit: 'ms a run',
    ours: spreadOf(timesMs),
    target: LONGEST_RUN_MS,
    direction: 'at-most',
    note: `${calls.at(-1)} calls; a page takes ${page.toFixed(0)} ms, a commit ${commit.toFixed(0)} ms`,
  };
}

/** Instances as housekeeping sees them: rows that wait for a number, and rows that were released. */
class ChurningFleet {
  private started = 0;
  private released = 0;

  constructor(private readonly store: RowStore) {}

  async start(instances: number): Promise<void> {
    const end = this.started + instances;
    while (this.started < end) {
      const length = Math.min(COMMIT_ROWS, end - this.started);
      await this.commit(Array.from({ length }, () => this.newClaim()));
    }
  }

  /** The oldest instances release their numbers, and as many new ones claim one. */
  async replace(instances: number): Promise<void> {
    const paths = Array.from({ length: instances }, () => pathOf(keyOf(this.released++)));
    const rows = await this.store.lookup(paths, call('to read the claims'));
    await this.commit(rows.map(row => released(row!)));
    await this.start(instances);
  }

  private newClaim(): RowWrite {
    const i = this.started++;
    const properties = propertiesOf({
      group: groupOf(i),
      taskNum: WAITING,
      lastUpdatedMs: Date.now(),
      expirationSec: EXPIRATION_SEC,
    });
    return { type: 'insert', path: pathOf(keyOf(i)), properties };
  }

  private async commit(writes: readonly RowWrite[]): Promise<CommitAnswer> {
    const answer = await this.store.commit(writes, call('to write claims'));
    if (!answer.applied) {
      throw new Error(`The fleet could not write its claims: ${answer.reason}`);
    }
    return answer;
  }
}

/** As old as a claim whose number may be given to another instance. */
function released(row: Row): RowWrite {
  const agedMs = Date.now() - 2 * EXPIRATION_SEC * 1000;
  return { type: 'update', row, properties: releasedProperties(claimOf(row), agedMs) };
}

/** Instances of all groups start in turn. */
function keyOf(i: number): string {
  return `${groupOf(i)}|00c61b117c-${i.toString(36).padStart(8, '0')}-5f2a9c01`;
}

function groupOf(i: number): string {
  return `europe-west1|my-shop|job-${i % GROUPS}|v1`;
}

function call(purpose: string): { purpose: string; deadlineMs: number } {
  return { purpose, deadlineMs: 60_000 };
}
