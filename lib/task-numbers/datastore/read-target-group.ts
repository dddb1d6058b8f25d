import { instanceReport } from '../instance-report.js';
import type { InstanceReport, LeaseReport, TargetGroupReport } from '../target-group-report.js';
import { claimOf, rangeOf } from './instance-row.js';
import type { RowAccess } from './row-store.js';
import { lookAtLease } from './seen-lease.js';

/**
 * Reads the claims of one target group, and the lease. It writes nothing.
 *
 * @throws Error when Datastore does not answer.
 */
export async function readTargetGroup(
  access: RowAccess,
  group: string,
  limit: number,
): Promise<TargetGroupReport> {
  const [claims, lease] = await Promise.all([
    readInstances(access, group, limit),
    readLease(access),
  ]);
  return { ...claims, lease };
}

/** Stops at the first claim beyond the limit: a large group must not cost a read for each of its rows. */
async function readInstances(
  { store, clock, deadlineMs }: RowAccess,
  group: string,
  limit: number,
): Promise<TargetGroupReport> {
  const call = { purpose: 'to read the claims of a target group', deadlineMs };
  const instances: InstanceReport[] = [];
  for await (const rows of store.scan(rangeOf(group), call)) {
    for (const claim of rows.map(claimOf)) {
      if (instances.length === limit) {
        return { instances, truncated: true };
      }
      if (claim.group === group) {
        instances.push(instanceReport(claim, clock.now()));
      }
    }
  }
  return { instances, truncated: false };
}

async function readLease(access: RowAccess): Promise<LeaseReport> {
  const seen = await lookAtLease(access);
  const { holder, finishedMs } = seen.state;
  return {
    held: seen.isHeld(),
    ...(holder === '' ? {} : { holder }),
    ...(finishedMs === 0 ? {} : { finishedAgeMs: access.clock.now() - finishedMs }),
  };
}
