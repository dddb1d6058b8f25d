import { Datastore, type DatastoreOptions } from '@google-cloud/datastore';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import type { Call, Row, RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import {
  emulatorsAvailable,
  startEmulator,
  type Emulator,
  type EmulatorKind,
} from '../../support/emulators.js';
import { TEST_TIMEOUT_MS } from '../allocator-contract.js';

const START_TIMEOUT_MS = 120_000;

export const call: Call = { purpose: 'to test', deadlineMs: 20_000 };

/** An emulator of which each test sees an empty project of its own. */
export class EmulatedDatastore {
  private emulator: Emulator | undefined;
  private projects = 0;
  private readonly opened: { close(): Promise<void> }[] = [];

  constructor(readonly kind: EmulatorKind) {}

  get host(): string {
    if (!this.emulator) {
      throw new Error('the emulator is not started');
    }
    return this.emulator.host;
  }

  /** A client of the current test's project. Each call makes another one, as another process would. */
  client(options: DatastoreOptions = {}): Datastore {
    return new Datastore({
      projectId: `test-${this.projects}`,
      apiEndpoint: this.host,
      ...options,
    });
  }

  /** The rows of the current test's project. */
  rows(namespace = DATASTORE_NAMESPACE, options: DatastoreOptions = {}): GapicRowStore {
    const client = this.client(options);
    return this.closing(new GapicRowStore(async () => client, namespace));
  }

  /** Closes it at the end of the current test. */
  closing<T extends { close(): Promise<void> }>(one: T): T {
    this.opened.push(one);
    return one;
  }

  async start(): Promise<void> {
    this.emulator = await startEmulator(this.kind);
    await this.warmUp();
  }

  async stop(): Promise<void> {
    await this.emulator?.stop();
  }

  async endTest(): Promise<void> {
    this.projects++;
    await Promise.all(this.opened.splice(0).map(one => one.close()));
  }

  /** The first calls of a server just started take seconds on a busy machine, longer than an allocator waits. */
  private async warmUp(): Promise<void> {
    const patient = { purpose: 'to warm up', deadlineMs: START_TIMEOUT_MS };
    const store = this.rows();
    const path = [{ kind: 'WarmUp', name: 'row' }];
    await store.commit([{ type: 'insert', path, properties: {} }], patient);
    await store.lookup([path], patient);
    await store.exists({ kind: 'WarmUp', property: 'n', atLeast: 0 }, patient);
    await this.endTest();
  }
}

/** Runs a suite on both emulators, or on those that it says; where they are missing it is skipped. */
export function describeOnEmulators(
  name: string,
  suite: (datastore: EmulatedDatastore) => void,
  kinds: readonly EmulatorKind[] = ['firestore', 'datastore'],
): void {
  for (const kind of kinds) {
    describe.skipIf(!emulatorsAvailable)(
      `${name} on the ${kind} emulator`,
      { timeout: TEST_TIMEOUT_MS },
      () => {
        const datastore = new EmulatedDatastore(kind);
        beforeAll(() => datastore.start(), START_TIMEOUT_MS);
        afterEach(() => datastore.endTest());
        afterAll(() => datastore.stop());
        suite(datastore);
      },
    );
  }
}

/** All rows of a kind. */
export async function allRows(store: RowStore, kind = 'Instance'): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of store.scan({ kind }, call)) {
    rows.push(...page);
  }
  return rows;
}

/** The row of a claim. */
export async function rowOf(store: RowStore, key: string): Promise<Row | undefined> {
  const [row] = await store.lookup([[{ kind: 'Instance', name: key }]], call);
  return row;
}
