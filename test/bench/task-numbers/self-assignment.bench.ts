import { Datastore } from '@google-cloud/datastore';
import { Task } from '../../../lib/targets/task.js';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import { DATASTORE_NAMESPACE, pathOf } from '../../../lib/task-numbers/datastore/instance-row.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { FaultyRowStore } from '../../task-numbers/datastore/faulty-row-store.js';
import { emulatorsMissing, startEmulator } from '../../support/emulators.js';
import type { BenchTable, Effort, Row } from '../bench-table.js';
import { spreadOf } from '../spread.js';

/** Instances share connections here: hundreds of them in one process would measure the making of connections. */
const CONNECTIONS = 8;
const INSTANCES = { short: [20], long: [1, 20, 200] } as const;
const ROUNDS = { short: 1, long: 9 } as const;
const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' });

export const table: BenchTable = {
  title: 'instances that start at once and assign their own numbers, on the Firestore emulator',
  missing: emulatorsMissing,
  measure: measureOnEmulator,
};

async function measureOnEmulator(effort: Effort): Promise<Row[]> {
  const emulator = await startEmulator('firestore');
  try {
    const rows: Row[] = [];
    for (const instances of INSTANCES[effort]) {
      const rounds: Start[] = [];
      while (rounds.length < ROUNDS[effort]) {
        await emulator.reset();
        rounds.push(await start(emulator.host, instances));
      }
      rows.push(...rowsOf(instances, rounds));
    }
    return rows;
  } finally {
    await emulator.stop();
  }
}

/** What happened when instances started at once. */
interface Start {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly calls: number;
}

function rowsOf(instances: number, rounds: readonly Start[]): Row[] {
  const rowOf = (what: string, unit: string, part: keyof Start): Row => ({
    what: `${instances} instances, ${what}`,
    unit,
    ours: spreadOf(rounds.map(round => round[part])),
  });
  return [
    rowOf('first number', 'ms', 'firstMs'),
    rowOf('last number', 'ms', 'lastMs'),
    rowOf('all together', 'calls of Datastore', 'calls'),
  ];
}

async function start(apiEndpoint: string, count: number): Promise<Start> {
  const stores = await Promise.all(
    Array.from({ length: Math.min(CONNECTIONS, count) }, () => connected(apiEndpoint)),
  );
  const startMs = performance.now();
  const numbers = new Set<number>();
  const timesMs = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const store = stores[i % stores.length]!;
      const allocator = new DatastoreTaskNumAllocator(store, { selfAssign: true });
      numbers.add(await numberOf(allocator, `instance-${i}`));
      return performance.now() - startMs;
    }),
  );
  const calls = stores.reduce((sum, store) => sum + store.calls.length, 0);
  await Promise.all(stores.map(store => store.close()));
  if (numbers.size !== count) {
    throw new Error(`${count} instances got ${numbers.size} different numbers.`);
  }
  return { firstMs: Math.min(...timesMs), lastMs: Math.max(...timesMs), calls };
}

async function numberOf(allocator: DatastoreTaskNumAllocator, id: string): Promise<number> {
  for (;;) {
    try {
      return await allocator.notifyTaskIsAlive(task, id);
    } catch (error) {
      if (!(error instanceof NoTaskNumberError)) {
        throw error;
      }
    }
  }
}

async function connected(apiEndpoint: string): Promise<FaultyRowStore> {
  const store = new GapicRowStore(
    async () => new Datastore({ projectId: 'bench', apiEndpoint }),
    DATASTORE_NAMESPACE,
  );
  await store.lookup([pathOf('connect')], { purpose: 'to connect', deadlineMs: 20_000 });
  return new FaultyRowStore(store);
}
