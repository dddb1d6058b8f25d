import { randomUUID } from 'node:crypto';
import { Datastore, type DatastoreOptions } from '@google-cloud/datastore';
import { afterEach, beforeAll, describe } from 'vitest';
import { GapicRowStore } from '../../../lib/task-numbers/datastore/gapic-row-store.js';
import { DATASTORE_NAMESPACE } from '../../../lib/task-numbers/datastore/instance-row.js';
import type { Call, Row, RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { emulatorsAvailable, type EmulatorKind } from '../../support/emulators.js';
import { sharedEmulator } from '../../support/shared-emulator.js';
import { TEST_TIMEOUT_MS } from '../allocator-contract.js';

const START_TIMEOUT_MS = 120_000;

export const call: Call = { purpose: 'to test', deadlineMs: 20_000 };

/** The shared emulator of a kind, of which each test sees an empty project of its own. */
export class EmulatedDatastore {
  private emulatorHost: string | undefined;
  private projectId = newProjectId();
  private readonly opened: { close(): Promise<void> }[] = [];

  constructor(readonly kind: EmulatorKind) {}

  get host(): string {
    if (!this.emulatorHost) {
      throw new Error('the emulator is not started');
    }
    return this.emulatorHost;
  }

  /** A client of the current test's project. Each call makes another one, as another process would. */
  client(options: DatastoreOptions = {}): Datastore {
    return new Datastore({
      projectId: this.projectId,
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
    this.emulatorHost = await sharedEmulator(this.kind);
    await this.warmUp();
  }

  async endTest(): Promise<void> {
    this.projectId = newProjectId();
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
        suite(datastore);
      },
    );
  }
}

/** The emulator is shared by all specs of a run, and keeps projects apart. */
function newProjectId(): string {
  return `test-${randomUUID()}`;
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
