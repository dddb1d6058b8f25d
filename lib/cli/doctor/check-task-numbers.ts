import { claimOf, INSTANCE_KIND } from '../../task-numbers/datastore/instance-row.js';
import { WAITING, type Claim } from '../../task-numbers/claim.js';
import { ANSWER_DEADLINE_MS, type DatastoreParts } from './check-datastore.js';
import { datastoreFailure } from './datastore-failure.js';
import type { Finding } from './finding.js';

/** How many shared numbers are named. */
const MOST_NAMED = 5;
/** The place of the job among the parts of a target group: data center, service, job, host. */
const JOB_PART = 2;

/**
 * Checks that no number is held twice.
 *
 * @param job the job name of the targets to look at; undefined for all.
 */
export async function checkTaskNumbers(
  { store, subject }: DatastoreParts,
  job: string | undefined,
): Promise<Finding> {
  const check = 'task-numbers';
  const holders = new Map<string, Claim[]>();
  let waiting = 0;
  try {
    const call = { purpose: 'to read all claims', deadlineMs: ANSWER_DEADLINE_MS };
    for await (const rows of store.scan({ kind: INSTANCE_KIND }, call)) {
      for (const claim of rows.map(claimOf).filter(one => isOf(one, job))) {
        if (claim.taskNum === WAITING) {
          waiting++;
        } else {
          const number = `${claim.taskNum} of ${claim.group}`;
          holders.set(number, [...(holders.get(number) ?? []), claim]);
        }
      }
    }
  } catch (error) {
    return datastoreFailure(check, error, subject);
  }
  const of = job === undefined ? '' : ` of ${job}`;
  const shared = [...holders].filter(([, claims]) => claims.length > 1);
  if (shared.length === 0) {
    const detail = `${count(holders.size, 'instance')}${of} ${holders.size === 1 ? 'holds' : 'hold'} a number, each another; ${count(waiting, 'instance')} ${waiting === 1 ? 'waits' : 'wait'} for one.`;
    return { check, status: 'ok', detail };
  }
  const named = shared.slice(0, MOST_NAMED).map(describe);
  const more = shared.length > MOST_NAMED ? ` There are ${shared.length - MOST_NAMED} more.` : '';
  return {
    check,
    status: 'failed',
    detail: `${count(shared.length, 'number')}${of} ${shared.length === 1 ? 'is' : 'are'} held more than once: ${named.join('; ')}.${more}`,
    mend: [
      'Turn off what else assigns numbers in this database, such as the housekeeping cron of luci-go. Then restart these instances.',
    ],
  };
}

function isOf({ group }: Claim, job: string | undefined): boolean {
  return job === undefined || group.split('|')[JOB_PART] === job;
}

function describe([number, claims]: readonly [string, readonly Claim[]]): string {
  return `number ${number} by ${claims.map(({ key, group }) => key.slice(group.length + 1)).join(' and ')}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
