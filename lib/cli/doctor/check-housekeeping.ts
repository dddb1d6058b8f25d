import { durationText } from '../../clock/duration-text.js';
import { HOUSEKEEPING_PATH } from '../../housekeeping/housekeeping.controller.js';
import { lookAtLease } from '../../task-numbers/datastore/seen-lease.js';
import { ANSWER_DEADLINE_MS, type DatastoreParts } from './check-datastore.js';
import { datastoreFailure } from './datastore-failure.js';
import { cronCommands, type Finding } from './finding.js';

/** Housekeeping writes its row when a claim waits or may have expired, and at the latest every 15 minutes. */
const STALE_MS = 20 * 60_000;

/** Checks when housekeeping has run last. */
export async function checkHousekeeping(parts: DatastoreParts): Promise<Finding> {
  const { store, clock, subject } = parts;
  const check = 'housekeeping';
  try {
    const seen = await lookAtLease({ store, clock, deadlineMs: ANSWER_DEADLINE_MS });
    const { finishedMs, holder } = seen.state;
    const by = holder === '' ? 'by a process without a task number' : `by ${holder}`;
    if (finishedMs === 0 && !seen.isHeld()) {
      const detail = 'Housekeeping has never finished in this database, so no number is assigned.';
      return { check, status: 'failed', detail, mend: cronCommands(subject, HOUSEKEEPING_PATH) };
    }
    const ageMs = clock.now() - finishedMs;
    if (seen.isHeld() || ageMs <= STALE_MS) {
      const when = seen.isHeld() ? 'runs now' : `finished ${agoText(ageMs)}`;
      return { check, status: 'ok', detail: `Housekeeping ${when}, called ${by}.` };
    }
    return {
      check,
      status: 'failed',
      detail: `Housekeeping last finished ${agoText(ageMs)}, called ${by}. It should be called once a minute.`,
      mend: cronCommands(subject, HOUSEKEEPING_PATH),
    };
  } catch (error) {
    return datastoreFailure(check, error, subject);
  }
}

/** Another clock has written the time, so it may lie ahead. */
function agoText(ageMs: number): string {
  return `${durationText(Math.max(0, ageMs))} ago`;
}
