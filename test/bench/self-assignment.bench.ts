import { Datastore } from '@google-cloud/datastore';
import { bench, describe } from 'vitest';
import { Task } from '../../lib/targets/task.js';
import { GapicRowStore } from '../../lib/task-numbers/datastore/gapic-row-store.js';
import { DATASTORE_NAMESPACE, pathOf } from '../../lib/task-numbers/datastore/instance-row.js';
import { RowTaskNumAllocator } from '../../lib/task-numbers/datastore/row-task-num-allocator.js';
import { NoTaskNumberError } from '../../lib/task-numbers/task-num-allocator.js';
import { FaultyRowStore } from '../task-numbers/datastore/faulty-row-store.js';
import { emulatorsAvailable, startEmulator } from '../support/emulators.js';
import { ONCE, once, printRow } from './tables.js';

/** Instances share connections here: hundreds of them in one process would measure the making of connections. */
const CONNECTIONS = 8;
const ROUNDS = 3;
const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' });

describe.skipIf(!emulatorsAvailable)(
  'instances that start at once and assign their own numbers, on the Firestore emulator',
  () => {
    for (const instances of [1, 20, 200]) {
      bench(
        `${instances} instances`,
        once(() => measureOnEmulator(instances)),
        ONCE,
      );
    }
  },
);

async function measureOnEmulator(instances: number): Promise<void> {
  const emulator = await startEmulator('firestore');
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await emulator.reset();
      await measure(emulator.host, instances);
    }
  } finally {
    await emulator.stop();
  }
}

async function measure(apiEndpoint: string, count: number): Promise<void> {
  const stores = await Promise.all(
    Array.from({ length: Math.min(CONNECTIONS, count) }, () => connected(apiEndpoint)),
  );
  const numbers = new Set<number>();
  const start = performance.now();
  const timesMs = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const store = stores[i % stores.length]!;
      const allocator = new RowTaskNumAllocator({ store, selfAssign: true });
      numbers.add(await numberOf(allocator, `instance-${i}`));
      return Math.round(performance.now() - start);
    }),
  );
  const sorted = timesMs.toSorted((a, b) => a - b);
  printRow({
    instances: count,
    'different numbers': numbers.size,
    'first ms': sorted[0]!,
    'median ms': sorted[Math.floor(count / 2)]!,
    'last ms': sorted.at(-1)!,
    'calls of Datastore': stores.reduce((sum, store) => sum + store.calls.length, 0),
  });
  await Promise.all(stores.map(store => store.close()));
}

async function numberOf(allocator: RowTaskNumAllocator, id: string): Promise<number> {
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
    new Datastore({ projectId: 'bench', apiEndpoint }),
    DATASTORE_NAMESPACE,
  );
  await store.lookup([pathOf('connect')], { purpose: 'to connect', deadlineMs: 20_000 });
  return new FaultyRowStore(store);
}
