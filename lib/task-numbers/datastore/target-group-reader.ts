import { instanceReport } from '../instance-report.js';
import type { InstanceReport, LeaseReport, TargetGroupReport } from '../target-group-report.js';
import { claimOf, rangeOf } from './instance-row.js';
import { lookAtLease, type LeaseOptions } from './seen-lease.js';

/** Reads the claims of one target group, and the lease. It writes nothing. */
export class TargetGroupReader {
  constructor(private readonly options: LeaseOptions) {}

  /** @throws Error when Datastore does not answer. */
  async read(group: string, limit: number): Promise<TargetGroupReport> {
    const [{ instances, truncated }, lease] = await Promise.all([
      this.instances(group, limit),
      this.lease(),
    ]);
    return { instances, truncated, lease };
  }

  /** Stops at the first claim beyond the limit: a large group must not cost a read for each of its rows. */
  private async instances(
    group: string,
    limit: number,
  ): Promise<Pick<TargetGroupReport, 'instances' | 'truncated'>> {
    const { store, clock, deadlineMs } = this.options;
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

  private async lease(): Promise<LeaseReport> {
    const seen = await lookAtLease(this.options);
    const { holder, finishedMs } = seen.state;
    return {
      held: seen.isHeld(),
      ...(holder === '' ? {} : { holder }),
      ...(finishedMs === 0 ? {} : { finishedAgeMs: this.options.clock.now() - finishedMs }),
    };
  }
}
