import { randomUUID } from 'node:crypto';
import { Stopwatch } from '../../clock/stopwatch.js';
import type { AssignmentOptions, AssignmentReport } from '../task-num-allocator.js';
import { AssignmentRun } from './assignment-run.js';
import { UNSETTLED_CLAIMS } from './instance-row.js';
import { Lease, LostLeaseError } from './lease.js';
import { NOTHING_KNOWN, type LeaseState } from './lease-row.js';
import { lookAtLease, SeenLease, type LeaseOptions } from './seen-lease.js';
import { withWorkDone } from './work-done.js';

interface AssignmentRunnerOptions extends LeaseOptions {
  /** Called when rows show that another housekeeping writes them. */
  readonly onForeignWriter: () => void;
  /** Called when the rows that an earlier run saw are gone. */
  readonly onEmptied: () => void;
}

type NamedWork = NonNullable<AssignmentOptions['unlessDoneElsewhere']>;
type Counts = Omit<AssignmentReport, 'skipped' | 'durationMs'>;

/** The result of a run, and the changes that it makes to the lease row. */
interface Outcome {
  readonly counts: Counts;
  readonly leaseUpdate: Partial<LeaseState>;
  /** Whether the next run, a minute later, takes the lease in any case. */
  readonly recurs?: boolean;
}

/** The lease row is not read again for this long. */
const LEASE_CACHE_MS = 5 * 60_000;
/** While an instance waits for a number, the lease row is read again after this time. */
const LEASE_CACHE_WHILE_WAITING_MS = 1_000;

const NOTHING = { assigned: 0, expired: 0, released: 0 };

/** Decides whether a run of housekeeping has anything to do, and does it under the lease. */
export class AssignmentRunner {
  private seen: SeenLease | undefined;
  /** The lease of the last run, if the run has ended without releasing it. */
  private kept: SeenLease | undefined;
  private sinceFinished: Stopwatch | undefined;
  private conditionsProved = false;
  /** True if rows that were seen before are gone. Only the run that notices it reports it. */
  private foundEmptied = false;
  /** Marks work that this process has done. */
  private readonly processId = randomUUID();

  constructor(private readonly options: AssignmentRunnerOptions) {}

  /** Runs for all target groups. */
  async serveAll(options: AssignmentOptions): Promise<AssignmentReport> {
    const pauseMs = (options.unlessFinishedWithinSec ?? 0) * 1000;
    return await this.reported(() =>
      this.retried(() => this.serveAllUnlessPaused(options, pauseMs)),
    );
  }

  /** Releases a lease that was kept for the next run. Call this when there will be none. */
  async releaseKept(): Promise<void> {
    const { kept } = this;
    this.kept = undefined;
    if (kept) {
      await Lease.releaseKept(this.options, kept);
    }
  }

  /** Runs for one target group, in which an instance waits for a number. Does not look at other groups. */
  async serveGroup(group: string): Promise<AssignmentReport> {
    return await this.reported(() => this.retried(() => this.serveGroupUnlessHeld(group)));
  }

  private async serveGroupUnlessHeld(group: string): Promise<Counts | undefined> {
    if (this.seen?.isHeld() && !this.seen.isOlderThan(LEASE_CACHE_WHILE_WAITING_MS)) {
      return undefined;
    }
    return await this.underLease(this.kept ?? (await this.look()), async lease => {
      const { counts, leaseUpdate } = await this.assignGroup(lease, group);
      const scanDueMs = Math.min(leaseUpdate.scanDueMs ?? 0, lease.state.scanDueMs);
      const instances = Math.max(0, lease.state.instances - counts.expired);
      return { counts, leaseUpdate: { scanDueMs, instances } };
    });
  }

  /** Repeats a run that has found out that another process has taken the kept lease. The repetition looks at the lease first. */
  private async retried(run: () => Promise<Counts | undefined>): Promise<Counts | undefined> {
    const { kept } = this;
    const counts = await run();
    const wasTaken = counts === undefined && kept !== undefined && this.kept !== kept;
    return wasTaken ? await run() : counts;
  }

  private async serveAllUnlessPaused(
    { scan = 'always', whileHeld, unlessDoneElsewhere }: AssignmentOptions,
    pauseMs: number,
  ): Promise<Counts | undefined> {
    if (pauseMs > 0 && (this.finishedWithin(pauseMs) || this.seen?.isHeld())) {
      return undefined;
    }
    if (scan === 'when-needed' && !whileHeld && !(await this.isNeeded())) {
      this.sinceFinished = new Stopwatch(this.options.clock);
      return nothingDone(this.seen?.state).counts;
    }
    const seen = this.kept ?? (await this.look());
    if (seen.finishedWithin(pauseMs)) {
      return undefined;
    }
    const doneElsewhere = whileHeld && this.isDoneElsewhere(seen, unlessDoneElsewhere);
    if (doneElsewhere && scan === 'when-needed' && !(await this.isScanNeeded(seen))) {
      this.sinceFinished = new Stopwatch(this.options.clock);
      return { ...nothingDone(seen.state).counts, doneElsewhere };
    }
    return await this.underLease(seen, async lease => {
      const needed = scan === 'always' || doneElsewhere || (await this.isScanNeeded(seen));
      const { counts, leaseUpdate } = needed
        ? await this.assignAll(lease, seen)
        : nothingDone(lease.state);
      const workUpdate = doneElsewhere
        ? {}
        : await this.doWork(lease, whileHeld, unlessDoneElsewhere);
      this.sinceFinished = new Stopwatch(this.options.clock);
      const finishedMs = this.options.clock.now();
      return {
        counts: { ...counts, ...(doneElsewhere && { doneElsewhere }) },
        leaseUpdate: { ...leaseUpdate, ...workUpdate, finishedMs },
        recurs: whileHeld !== undefined,
      };
    });
  }

  private isDoneElsewhere(seen: SeenLease, work: NamedWork | undefined): boolean {
    return (
      work !== undefined && seen.isDoneElsewhere(work.what, this.processId, work.withinSec * 1000)
    );
  }

  private async doWork(
    lease: Lease,
    whileHeld: AssignmentOptions['whileHeld'],
    work: NamedWork | undefined,
  ): Promise<Partial<LeaseState>> {
    const isDone = whileHeld && (await lease.during(() => whileHeld(() => lease.isHeld())));
    if (isDone !== true || !work) {
      return {};
    }
    const done = { what: work.what, by: this.processId, atMs: this.options.clock.now() };
    return { workDone: withWorkDone(lease.state.workDone, done) };
  }

  private async underLease(
    seen: SeenLease,
    work: (lease: Lease) => Promise<Outcome>,
  ): Promise<Counts | undefined> {
    if (this.kept === seen) {
      this.kept = undefined;
    }
    const lease = seen.isHeld() ? undefined : await Lease.take(this.options, seen);
    if (!lease) {
      return undefined;
    }
    try {
      await this.proveConditions(lease);
      const outcome = await work(lease);
      await this.end(lease, outcome);
      return outcome.counts;
    } catch (error) {
      if (error instanceof LostLeaseError) {
        return undefined;
      }
      await lease.release(NOTHING_KNOWN);
      throw error;
    } finally {
      this.seen = this.kept ?? new SeenLease(this.options.clock, lease.state);
    }
  }

  /**
   * Ends a run. An only instance keeps the lease for its next run, since no other instance wants it: releasing it is a write,
   * and the next look at it a read, which together are half of the price of such a service.
   */
  private async end(lease: Lease, { leaseUpdate, recurs }: Outcome): Promise<void> {
    const { holder, instances, scanDueMs } = { ...lease.state, ...leaseUpdate };
    const isAlone = holder !== '' && instances === 1 && scanDueMs > 0;
    if (recurs && isAlone) {
      this.kept = lease.keep(leaseUpdate);
    } else {
      await lease.release(leaseUpdate);
    }
  }

  private async assignAll(lease: Lease, seen: SeenLease): Promise<Outcome> {
    const outcome = await this.assignGroup(lease);
    // Only runs remove claims, and each run writes the number of remaining claims into the lease.
    if (outcome.counts.targets === 0 && !seen.state.held && seen.state.instances > 0) {
      // If another run has taken the lease and removed the claims, this commit fails.
      await lease.commit([], 'to keep the lease');
      this.noteEmptied();
    }
    return outcome;
  }

  private async assignGroup(lease: Lease, group?: string): Promise<Outcome> {
    const result = await new AssignmentRun({ ...this.options, lease, group }).run();
    const { targets, instances, assigned, expired, released, scanDueMs } = result;
    if (result.groupWithSharedNumber !== undefined) {
      this.options.onForeignWriter();
    }
    return {
      counts: { targets, instances, assigned, expired, released },
      leaseUpdate: { targets, instances, scanDueMs },
    };
  }

  /** Checks without the lease, by the cached lease row and one small query: taking the lease for nothing costs writes. */
  private async isNeeded(): Promise<boolean> {
    const { seen } = this;
    const isKnown = seen && !seen.isOlderThan(LEASE_CACHE_MS) && !seen.isScanDue();
    return await this.isScanNeeded(isKnown ? seen : await this.look());
  }

  private async isScanNeeded(seen: SeenLease): Promise<boolean> {
    const { store, deadlineMs } = this.options;
    const call = { purpose: 'to ask whether an instance waits', deadlineMs };
    return seen.isScanDue() || (await store.exists(UNSETTLED_CLAIMS, call));
  }

  private async look(): Promise<SeenLease> {
    const before = this.seen;
    this.seen = await lookAtLease(this.options);
    // No process ever removes the lease row.
    if (before?.exists && !this.seen.exists) {
      this.noteEmptied();
    }
    return this.seen;
  }

  private noteEmptied(): void {
    this.foundEmptied = true;
    this.options.onEmptied();
  }

  private finishedWithin(ms: number): boolean {
    const elapsedMs = this.sinceFinished?.elapsedMs() ?? Number.POSITIVE_INFINITY;
    return elapsedMs < ms || (this.seen?.finishedWithin(ms) ?? false);
  }

  private async proveConditions(lease: Lease): Promise<void> {
    if (!this.conditionsProved) {
      await lease.proveConditions();
      this.conditionsProved = true;
    }
  }

  private async reported(run: () => Promise<Counts | undefined>): Promise<AssignmentReport> {
    const stopwatch = new Stopwatch(this.options.clock);
    const counts = await run();
    const durationMs = stopwatch.elapsedMs();
    const emptied = this.foundEmptied && { emptied: true };
    this.foundEmptied = false;
    return counts
      ? { skipped: false, ...counts, ...emptied, durationMs }
      : { skipped: true, targets: 0, instances: 0, ...NOTHING, ...emptied, durationMs };
  }
}

/** The outcome of a run that read no claims: it repeats the counts of the last scan. */
function nothingDone({ targets = 0, instances = 0 }: Partial<LeaseState> = {}): Outcome {
  return { counts: { targets, instances, ...NOTHING }, leaseUpdate: {} };
}
