import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock/clock.js';
import { durationText } from '../../clock/duration-text.js';
import { LEASE_PATH } from '../../task-numbers/datastore/lease-row.js';
import { unindexed } from '../../task-numbers/datastore/proto.js';
import type { Call, Row, RowPath, RowStore } from '../../task-numbers/datastore/row-store.js';
import { datastoreFailure } from './datastore-failure.js';
import type { Finding, Subject } from './finding.js';

/** The time to wait for an answer. The first call also finds credentials and opens a connection. */
export const ANSWER_DEADLINE_MS = 20_000;

/** Cloud Monitoring refuses points that are dated further ahead, and task numbers need clocks that are about right. */
const MAX_SKEW_MS = 5 * 60_000;

/** A kind that nothing else uses, so that no row of an instance is touched. */
const DOCTOR_KIND = 'DoctorCheck';

/** What the checks of Datastore need. */
export interface DatastoreParts {
  readonly store: RowStore;
  readonly clock: Clock;
  readonly subject: Subject;
}

/** Checks that Datastore answers a read: there is a database, and it is in the right mode. */
export async function checkAnswer({ store, subject }: DatastoreParts): Promise<Finding> {
  const check = 'datastore';
  try {
    await store.lookup([LEASE_PATH], call('to read a row'));
    return { check, status: 'ok', detail: 'Datastore answers, in a mode that has its API.' };
  } catch (error) {
    return datastoreFailure(check, error, subject);
  }
}

/**
 * Checks that rows can be written, and that a write is refused when its condition does not hold, on a row of its own, which is
 * removed again. Compares the clocks by the way, since only a lookup of an existing row tells the time of the server.
 */
export async function checkWritesAndClock(parts: DatastoreParts): Promise<Finding[]> {
  const check = 'conditional-writes';
  const path = [{ kind: DOCTOR_KIND, name: randomUUID() }];
  try {
    const problem = await writeConditionally(parts.store, path);
    const { row, beforeMs, afterMs } = await timedLookup(parts, path);
    await remove(parts.store, row);
    const detail =
      'A row was written, a write with a wrong condition was refused, and the row was removed.';
    return [
      problem ? { check, status: 'failed', detail: problem } : { check, status: 'ok', detail },
      clockFinding(row?.readMs, beforeMs, afterMs),
    ];
  } catch (error) {
    await tryToRemove(parts.store, path);
    return [datastoreFailure(check, error, parts.subject)];
  }
}

/** The row may not be there, and Datastore may be out of reach: the failure before says that already. */
async function tryToRemove(store: RowStore, path: RowPath): Promise<void> {
  try {
    const [row] = await store.lookup([path], call('to read a row'));
    await remove(store, row);
  } catch {
    // Nothing more can be done.
  }
}

/** Returns what is wrong with conditions here; undefined if they hold. */
async function writeConditionally(store: RowStore, path: RowPath): Promise<string | undefined> {
  const inserted = await store.commit(
    [{ type: 'insert', path, properties: content(1) }],
    call('to write a row'),
  );
  if (!inserted.applied) {
    return `Datastore refused a new row: ${inserted.reason}.`;
  }
  const version = inserted.versions[0] ?? '';
  const row: Row = { path, properties: content(1), version };
  const wrong = { ...row, version: String(BigInt(version) - 1n) };
  const refused = await store.commit(
    [{ type: 'update', row: wrong, properties: content(2) }],
    call('to try a wrong version'),
  );
  if (refused.applied) {
    return 'This Datastore applied a write although its condition did not hold: two instances could get the same task number.';
  }
  const updated = await store.commit(
    [{ type: 'update', row, properties: content(2) }],
    call('to change a row'),
  );
  return updated.applied
    ? undefined
    : `Datastore refused a change whose condition held: ${updated.reason}.`;
}

async function timedLookup(
  { store, clock }: DatastoreParts,
  path: RowPath,
): Promise<{ row: Row | undefined; beforeMs: number; afterMs: number }> {
  const beforeMs = clock.now();
  const [row] = await store.lookup([path], call('to read a row'));
  return { row, beforeMs, afterMs: clock.now() };
}

async function remove(store: RowStore, row: Row | undefined): Promise<void> {
  if (row) {
    await store.commit([{ type: 'delete', row }], call('to remove a row'));
  }
}

/** The server read the row between the two times of this machine, if both clocks are right. */
function clockFinding(readMs: number | undefined, beforeMs: number, afterMs: number): Finding {
  const check = 'clock';
  if (readMs === undefined) {
    const detail = 'This server does not tell its time, as the Datastore emulator.';
    return { check, status: 'skipped', detail };
  }
  const aheadMs = beforeMs > readMs ? beforeMs - readMs : Math.min(0, afterMs - readMs);
  if (Math.abs(aheadMs) <= MAX_SKEW_MS) {
    const detail = `The clock of this machine differs from the clock of Datastore by ${durationText(Math.abs(aheadMs))} at most.`;
    return { check, status: 'ok', detail };
  }
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  return {
    check,
    status: 'failed',
    detail: `The clock of this machine is ${durationText(Math.abs(aheadMs))} ${side} the clock of Datastore.`,
    mend: ['sudo timedatectl set-ntp true'],
  };
}

function content(n: number): Row['properties'] {
  return { n: unindexed({ integerValue: String(n) }) };
}

function call(purpose: string): Call {
  return { purpose, deadlineMs: ANSWER_DEADLINE_MS };
}
