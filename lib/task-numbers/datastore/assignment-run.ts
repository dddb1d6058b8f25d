import { AssignmentPlan, isBelievable } from '../assignment-plan.js';
import { ClaimWriter, type ClaimChange } from './claim-writer.js';
import { claimOf, INSTANCE_KIND, rangeOf, type InstanceRow } from './instance-row.js';
import type { Lease } from './lease.js';
import type { Row, RowAccess } from './row-store.js';

interface AssignmentRunOptions extends RowAccess {
  readonly lease: Lease;
  /** The only target group to serve; all if it is left out. */
  readonly group?: string;
}

interface RunResult {
  readonly targets: number;
  readonly instances: number;
  readonly assigned: number;
  readonly expired: number;
  readonly released: number;
  /** The time when all claims must be read again even if no instance waits; 0 means in the next run. */
  readonly scanDueMs: number;
  /** A target group in which two claims hold the same number. */
  readonly groupWithSharedNumber: string | undefined;
}

/** Rows of other writers carry no index that asks for a run. They are found only by a scan, so one is made this often. */
const MAX_SCAN_INTERVAL_MS = 15 * 60_000;

/**
 * One run of the assignment, under its lease: reads the claims, decides, and writes. Pages may be read at different times,
 * since only the holder of the lease changes numbers.
 */
export class AssignmentRun {
  private readonly plan: AssignmentPlan<InstanceRow>;
  private readonly writer: ClaimWriter;
  private readonly expirationsAndRepairs: ClaimChange[] = [];
  private hasForeignRows = false;

  constructor(private readonly options: AssignmentRunOptions) {
    const { store, lease, deadlineMs } = options;
    this.plan = new AssignmentPlan(lease.takenMs);
    this.writer = new ClaimWriter(store, lease, deadlineMs);
  }

  /** @throws LostLeaseError; any other Error when Datastore does not answer. */
  async run(): Promise<RunResult> {
    const { store, lease, deadlineMs, group } = this.options;
    const range = group === undefined ? { kind: INSTANCE_KIND } : rangeOf(group);
    for await (const rows of store.scan(range, { purpose: 'to read the claims', deadlineMs })) {
      rows.forEach(row => this.read(row));
      // Writes them at once, so that no more than a page of them is kept in memory.
      if (this.expirationsAndRepairs.length >= this.writer.chunkSize) {
        await this.writer.write(this.expirationsAndRepairs.splice(0));
      }
      await lease.renewIfOld();
    }
    await this.writer.write(this.expirationsAndRepairs.splice(0));
    await this.writer.write(this.assignments());
    return this.result();
  }

  private read(row: Row): void {
    const claim = claimOf(row);
    const { group = claim.group } = this.options;
    if (claim.group !== group) {
      // The property of the row names another group than its key. This run does not know all claims of that group.
      return;
    }
    this.hasForeignRows ||= !claim.isOurs;
    const verdict = this.plan.add(claim);
    if (verdict === 'expire') {
      this.expirationsAndRepairs.push({ type: 'expire', claim });
    } else if (verdict === 'repair') {
      this.repair(claim);
    }
  }

  /**
   * Compares with the present time too: to a run that was frozen, fresh heartbeats look far ahead. If they were set back to
   * the start of the run, their claims would expire at once.
   */
  private repair(claim: InstanceRow): void {
    const lastUpdatedMs = Math.max(this.options.lease.takenMs, this.options.clock.now());
    if (!isBelievable(claim, lastUpdatedMs)) {
      this.expirationsAndRepairs.push({ type: 'repair', claim, lastUpdatedMs });
    }
  }

  private *assignments(): Generator<ClaimChange> {
    const assignedMs = this.options.lease.state.judgedMs;
    for (const { claim, taskNum } of this.plan.assignments()) {
      yield { type: 'assign', claim, taskNum, assignedMs };
    }
  }

  private result(): RunResult {
    const { targets, instances, groupWithSharedNumber } = this.plan;
    const { assign, expire, released } = this.writer.counts;
    return {
      targets,
      instances,
      assigned: assign,
      expired: expire,
      released,
      scanDueMs: this.scanDueMs(),
      groupWithSharedNumber,
    };
  }

  private scanDueMs(): number {
    if (this.hasForeignRows || this.writer.counts.left > 0) {
      return 0;
    }
    // A claim expires when it is older than its expiry, not when it is just as old.
    return Math.min(
      Math.floor(this.plan.nextExpiryMs) + 1,
      this.options.lease.takenMs + MAX_SCAN_INTERVAL_MS,
    );
  }
}
