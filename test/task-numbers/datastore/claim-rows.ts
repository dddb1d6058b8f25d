import type { Clock } from '../../../lib/clock/clock.js';
import {
  claimOf,
  pathOf,
  propertiesOf,
  releasedProperties,
} from '../../../lib/task-numbers/datastore/instance-row.js';
import { LEASE_PATH } from '../../../lib/task-numbers/datastore/lease-row.js';
import { nameOf } from '../../../lib/task-numbers/datastore/proto.js';
import type { Row, RowStore, RowWrite } from '../../../lib/task-numbers/datastore/row-store.js';
import { allRows, call, rowOf } from './emulated-datastore.js';

/** The target group of the claims here, where a test says nothing else. */
export const GROUP = 'dc|service|job|host';
/** Their expiry. */
export const EXPIRATION_SEC = 60;

/** Rows to insert in one commit: emulators differ in how many they take. */
const INSERTED_AT_ONCE = 20;

interface NewClaim {
  readonly group?: string;
  readonly taskNum?: number;
  readonly ageSec?: number;
  readonly expirationSec?: number;
}

/** Registers claims, as their instances would: waiting and fresh where nothing else is said. */
export async function insertClaims(
  store: RowStore,
  clock: Clock,
  ids: readonly string[],
  { group = GROUP, taskNum = -1, ageSec = 0, expirationSec = EXPIRATION_SEC }: NewClaim = {},
): Promise<void> {
  const lastUpdatedMs = clock.now() - ageSec * 1000;
  const claim = { group, taskNum, lastUpdatedMs, expirationSec };
  for (let i = 0; i < ids.length; i += INSERTED_AT_ONCE) {
    const writes = ids.slice(i, i + INSERTED_AT_ONCE).map((id): RowWrite => ({
      type: 'insert',
      path: pathOf(`${group}|${id}`),
      properties: propertiesOf(claim),
    }));
    await store.commit(writes, call);
  }
}

/** Names in the order of their keys: `i000`, `i001` … */
export function manyIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `i${String(i).padStart(3, '0')}`);
}

/** A heartbeat of the instance of a claim. */
export async function heartbeat(store: RowStore, clock: Clock, id: string): Promise<void> {
  const row = await existingRow(store, id);
  const { group, taskNum, expirationSec } = claimOf(row);
  const lastUpdatedMs = clock.now() + 1;
  const properties = propertiesOf({ group, taskNum, lastUpdatedMs, expirationSec }, row.properties);
  await store.commit([{ type: 'update', row, properties }], call);
}

/** A release by the instance of a claim: the row expires `graceMs` from now. */
export async function releaseClaim(
  store: RowStore,
  clock: Clock,
  id: string,
  graceMs = 60_000,
): Promise<void> {
  const row = await existingRow(store, id);
  const claim = claimOf(row);
  const agedMs = clock.now() - claim.expirationSec * 1000 + graceMs;
  await store.commit(
    [{ type: 'update', row, properties: releasedProperties(claim, agedMs) }],
    call,
  );
}

/** The row of a claim that must be there. */
export async function existingRow(store: RowStore, id: string): Promise<Row> {
  const row = await rowOf(store, `${GROUP}|${id}`);
  if (!row) {
    throw new Error(`no row of ${id}`);
  }
  return row;
}

export function numberOf(row: Row | undefined): number {
  return Number(row?.properties.task_num?.integerValue);
}

/** The numbers of all claims, in the order of their keys. */
export async function numbers(store: RowStore): Promise<number[]> {
  return (await allRows(store)).map(numberOf);
}

/** Which numbers were offered to each claim, whatever came of it. */
export function offers(commits: readonly (readonly RowWrite[])[]): Map<string, Set<number>> {
  const offered = new Map<string, Set<number>>();
  for (const write of commits.flat()) {
    const taskNum = write.type === 'update' ? numberOf({ ...write.row, ...write }) : Number.NaN;
    if (taskNum >= 0 && write.type === 'update') {
      const name = nameOf(write.row.path);
      offered.set(name, (offered.get(name) ?? new Set()).add(taskNum));
    }
  }
  return offered;
}

/** How many rows beside the lease each of the commits changed. */
export function sizes(commits: readonly (readonly RowWrite[])[]): number[] {
  return commits.map(writes => writes.filter(write => !isOfLease(write)).length);
}

export function isOfLease(write: RowWrite): boolean {
  const path = write.type === 'insert' ? write.path : write.row.path;
  return path[0]?.kind === LEASE_PATH[0]?.kind;
}
