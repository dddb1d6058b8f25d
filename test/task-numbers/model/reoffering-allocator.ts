import { AssignmentPlan } from '../../../lib/task-numbers/assignment-plan.js';
import {
  claimOf,
  INSTANCE_KIND,
  assignedProperties,
  type InstanceRow,
} from '../../../lib/task-numbers/datastore/instance-row.js';
import { Lease, LostLeaseError } from '../../../lib/task-numbers/datastore/lease.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { lookAtLease } from '../../../lib/task-numbers/datastore/seen-lease.js';
import type { AssignmentReport } from '../../../lib/task-numbers/task-num-allocator.js';
import { allocatorArguments, type ProcessOptions } from './model-process.js';

const REPORT = { skipped: false, targets: 0, instances: 0, assigned: 0, expired: 0, durationMs: 0 };

/**
 * The real allocator with a housekeeping that takes an unknown answer for a refusal: it renews its lease, and
 * goes on to offer the number to the next one that waits. Rows that wait are served one by one.
 */
export class ReofferingAllocator extends DatastoreTaskNumAllocator {
  constructor(private readonly parts: ProcessOptions) {
    super(...allocatorArguments(parts));
  }

  override async assignTaskNumbers(): Promise<AssignmentReport> {
    const { store, clock } = this.parts;
    const options = { store, clock, deadlineMs: 10_000 };
    const seen = await lookAtLease(options);
    const lease = seen.isHeld() ? undefined : await Lease.take(options, seen);
    if (!lease) {
      return { ...REPORT, skipped: true };
    }
    await this.serve(lease);
    await lease.release();
    return REPORT;
  }

  private async serve(lease: Lease): Promise<void> {
    const { store, clock } = this.parts;
    const plan = new AssignmentPlan<InstanceRow>(clock.now());
    const call = { purpose: 'to read the claims', deadlineMs: 10_000 };
    for await (const rows of store.scan({ kind: INSTANCE_KIND }, call)) {
      for (const row of rows) {
        const claim = claimOf(row);
        if (plan.add(claim) === 'expire') {
          await lease.commit([{ type: 'delete', row }], 'to expire a claim').catch(lost);
        }
      }
    }
    let spare: number | undefined;
    let group: string | undefined;
    for (const { claim, taskNum } of plan.assignments()) {
      const number = group === claim.group ? (spare ?? taskNum) : taskNum;
      ({ group } = claim);
      const properties = assignedProperties(claim, number, lease.state.judgedMs);
      const update = { type: 'update', row: claim.row, properties } as const;
      const applied = await lease.commit([update], 'to assign').catch(async (error: unknown) => {
        await lease.recover(error);
        return false;
      });
      spare = applied ? undefined : number;
    }
  }
}

function lost(error: unknown): false {
  if (error instanceof LostLeaseError) {
    throw error;
  }
  return false;
}
