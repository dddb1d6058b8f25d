import { HeldTaskNumber } from '../../../lib/flush/held-task-number.js';
import { Task } from '../../../lib/targets/task.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { CountedDatastore, type Operations } from '../task-numbers/counted-datastore.js';
import type { DailyTraffic } from './daily-traffic.js';

const MINUTE_MS = 60_000;
const HEARTBEAT_SEC = 300;
const task = new Task({ serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' });
const never = new AbortController().signal;

interface Member {
  readonly allocator: DatastoreTaskNumAllocator;
  readonly taskNumber: HeldTaskNumber;
}

/**
 * Lives through a day with the library's own allocators, and without metrics: each instance flushes once a minute. The cron
 * reaches any one instance each minute, and reports global metrics.
 *
 * @returns the operations of Datastore.
 */
export async function driveFleet(traffic: DailyTraffic): Promise<Operations> {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const datastore = new CountedDatastore(() => clock.now());
  const members: Member[] = [];
  let started = 0;
  for (let minute = 0; minute < traffic.minutes; minute++) {
    while (members.length < traffic.instancesIn(minute)) {
      members.push(memberOf(datastore, clock, `instance-${started++}`));
    }
    while (members.length > traffic.instancesIn(minute)) {
      await members.pop()!.taskNumber.release(never);
    }
    for (const { taskNumber } of members) {
      await renew(taskNumber);
    }
    clock.advance(MINUTE_MS);
    await random.oneOf(members).allocator.assignTaskNumbers({
      scan: 'when-needed',
      whileHeld: () => Promise.resolve(true),
    });
  }
  return datastore.counted;
}

/** Renews a claim if it is due. */
export async function renew(taskNumber: HeldTaskNumber): Promise<void> {
  try {
    await taskNumber.renew(never);
  } catch (error) {
    if (!(error instanceof NoTaskNumberError)) {
      throw error;
    }
  }
}

function memberOf(datastore: CountedDatastore, clock: ManualClock, instanceId: string): Member {
  const allocator = new DatastoreTaskNumAllocator(datastore.connect(), { clock });
  const identity = { task, instanceId, heartbeatSec: HEARTBEAT_SEC };
  return { allocator, taskNumber: new HeldTaskNumber(allocator, identity, clock, () => {}) };
}
