import type { Clock } from '../../clock/clock.js';
import { AssignmentPlan, isBelievable } from '../assignment-plan.js';
import { ClaimWriter, type ClaimChange } from './claim-writer.js';
import { claimOf, INSTANCE_KIND, rangeOf, type InstanceRow } from './instance-row.js';
import type { Lease } from './lease.js';
import type { Row, RowStore } from './row-store.js';

/** What an {@link AssignmentRun} is made of. */
interface AssignmentRunOptions {
  readonly store: RowStore;
  readonly clock: Clock;
  readonly lease: Lease;
  /** How long each answer of Datastore is waited for. */
  readonly deadlineMs: number;
  /** The only target group to serve. Left out, all are. */
  readonly group?: string;
}

/** What one run saw and did. */
interface RunResult {
  readonly targets: number;
  readonly instances: number;
  readonly assigned: number;
  readonly expired: number;
  readonly released: number;
  /** When all claims are to be read again, though nobody waits: 0 means by the next run. */
  readonly scanDueMs: number;
  /** A target group in which two claims hold one number. */
  readonly groupWithSharedNumber: string | undefined;
}

/** Rows that others write ask for nothing by an index: they are looked for so often. */
const MAX_SCAN_INTERVAL_MS = 15 * 60_000;

/**
 * One run of the assignment, under its lease: reads the claims, decides, and writes. Pages that are read at
 * different times are fine, since only the holder of the lease changes numbers.
 */
export class AssignmentRun {
  private readonly plan: AssignmentPlan<InstanceRow>;
  private readonly writer: ClaimWriter;
  private readonly urgent: ClaimChange[] = [];
  private metOthers = false;

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
      // Written as they come, so that no more than a page of them is ever kept.
      if (this.urgent.length >= this.writer.chunkSize) {
        await this.writer.write(this.urgent.splice(0));
      }
      await lease.renewIfOld();
    }
    await this.writer.write(this.urgent.splice(0));
    await this.writer.write(this.assignments());
    return this.result();
  }

  private read(row: Row): void {
    const claim = claimOf(row);
    const { group = claim.group } = this.options;
    if (claim.group !== group) {
      // Its property names another group than its key, and this run does not know all claims of that group.
      return;
    }
    this.metOthers ||= !claim.isOurs;
    const verdict = this.plan.add(claim);
    if (verdict === 'expire') {
      this.urgent.push({ type: 'expire', claim });
    } else if (verdict === 'repair') {
      this.repair(claim);
    }
  }

  /** To a run that was frozen fresh heartbeats look far ahead. Set back to the old time of the run they would expire at once. */
  private repair(claim: InstanceRow): void {
    const lastUpdatedMs = Math.max(this.options.lease.takenMs, this.options.clock.now());
    if (!isBelievable(claim, lastUpdatedMs)) {
      this.urgent.push({ type: 'repair', claim, lastUpdatedMs });
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
    if (this.metOthers || this.writer.counts.left > 0) {
      return 0;
    }
    // A claim expires once it is older than its expiry, not as old.
    return Math.min(
      Math.floor(this.plan.nextExpiryMs) + 1,
      this.options.lease.takenMs + MAX_SCAN_INTERVAL_MS,
    );
  }
}
