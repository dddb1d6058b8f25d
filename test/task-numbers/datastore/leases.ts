import { expect } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { LEASE_PATH } from '../../../lib/task-numbers/datastore/lease-row.js';
import { Lease } from '../../../lib/task-numbers/datastore/lease.js';
import type { Row, RowStore, RowWrite } from '../../../lib/task-numbers/datastore/row-store.js';
import { lookAtLease, type SeenLease } from '../../../lib/task-numbers/datastore/seen-lease.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { call, type EmulatedDatastore } from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';
import { ServerClockRowStore, type ServerClock } from './server-clock-row-store.js';

export const STEAL_AFTER_MS = 15_000;
export const refused = { applied: false, reason: expect.any(String) as string };

export interface Setup {
  /** Of the run under test. */
  readonly clock: ManualClock;
  /** Sees all that the run under test asks for. */
  readonly line: FaultyRowStore;
  /** The same rows, as others see them. */
  readonly direct: RowStore;
}

export function setUp(datastore: EmulatedDatastore, serverClock?: ServerClock): Setup {
  const direct = new ServerClockRowStore(datastore.rows(), serverClock);
  return { clock: new ManualClock(), line: new FaultyRowStore(direct), direct };
}

export function look(store: RowStore, clock: Clock): Promise<SeenLease> {
  return lookAtLease({ store, clock, deadlineMs: 20_000 });
}

/** Takes the lease, unless it is held. */
export async function tryTaking(store: RowStore, clock: Clock): Promise<Lease | undefined> {
  const seen = await look(store, clock);
  return seen.isHeld() ? undefined : await Lease.take({ store, clock, deadlineMs: 20_000 }, seen);
}

export async function taken(store: RowStore, clock: Clock): Promise<Lease> {
  const lease = await tryTaking(store, clock);
  if (!lease) {
    throw new Error('the lease is held');
  }
  return lease;
}

/** A write that gives a claim a number. */
export function giving(row: Row, taskNum: number): RowWrite {
  const task_num = { integerValue: String(taskNum), excludeFromIndexes: true };
  return { type: 'update', row, properties: { ...row.properties, task_num } };
}

export async function leaseRow(store: RowStore): Promise<Row | undefined> {
  return (await store.lookup([LEASE_PATH], call))[0];
}
