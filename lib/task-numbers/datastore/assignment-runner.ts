import { randomUUID } from 'node:crypto';
import { Stopwatch } from '../../clock/stopwatch.js';
import type { AssignmentOptions, AssignmentReport } from '../task-num-allocator.js';
import { AssignmentRun } from './assignment-run.js';
import { UNSETTLED_CLAIMS } from './instance-row.js';
import { Lease, LostLeaseError } from './lease.js';
import { NOTHING_KNOWN, type LeaseState } from './lease-row.js';
import { lookAtLease, SeenLease, type LeaseOptions } from './seen-lease.js';
import { withWorkDone } from './work-done.js';

/** What a {@link AssignmentRunner} is made of. */
interface AssignmentRunnerOptions extends LeaseOptions {
  /** Called when there are signs of a housekeeping that is not ours. */
  readonly onForeignWriter: () => void;
  /** Called when the rows that an earlier run has seen are gone. */
  readonly onEmptied: () => void;
}

type NamedWork = NonNullable<AssignmentOptions['unlessDoneElsewhere']>;
type Counts = Omit<AssignmentReport, 'skipped' | 'durationMs'>;

/** What a run did, and what it writes into the lease. */
interface Done {
  readonly counts: Counts;
  readonly leaseUpdate: Partial<LeaseState>;
}

/** For so long what was seen of the lease is believed without asking again. */
const BELIEVED_MS = 5 * 60_000;
/** Short, since an instance that waits for a number asks often. */
const BELIEVED_BY_WAITING_MS = 1_000;

const NOTHING = { assigned: 0, expired: 0, released: 0 };

/** Decides whether a run of housekeeping has anything to do, and does it under the lease. */
export class AssignmentRunner {
  private seen: SeenLease | undefined;
  private sinceFinished: Stopwatch | undefined;
  private conditionsProved = false;
  /** Rows that were seen before are gone. Reported once, by the run that found out. */
  private foundEmptied = false;
  /** Tells the work of this process from the work of others. */
  private readonly processId = randomUUID();

  constructor(private readonly options: AssignmentRunnerOptions) {}

  /** A run for all target groups. */
  async serveAll(options: AssignmentOptions): Promise<AssignmentReport> {
    const restMs = (options.unlessFinishedWithinSec ?? 0) * 1000;
    return await this.reported(() => this.serveAllUnlessAtRest(options, restMs));
  }

  /** Runs for one target group, in which an instance waits for a number. Does not look at other groups. */
  async serveGroup(group: string): Promise<AssignmentReport> {
    return await this.reported(async () => {
      if (this.seen?.isHeld() && !this.seen.isOlderThan(BELIEVED_BY_WAITING_MS)) {
        return undefined;
      }
      return await this.underLease(await this.look(), async lease => {
        const { counts, leaseUpdate: word } = await this.assignGroup(lease, group);
        const scanDueMs = Math.min(word.scanDueMs ?? 0, lease.state.scanDueMs);
        const instances = Math.max(0, lease.state.instances - counts.expired);
        return { counts, leaseUpdate: { scanDueMs, instances } };
      });
    });
  }

  private async serveAllUnlessAtRest(
    { scan = 'always', whileHeld, unlessDoneElsewhere }: AssignmentOptions,
    restMs: number,
  ): Promise<Counts | undefined> {
    if (restMs > 0 && (this.finishedWithin(restMs) || this.seen?.isHeld())) {
      return undefined;
    }
    if (scan === 'when-needed' && !whileHeld && !(await this.isNeeded())) {
      this.sinceFinished = new Stopwatch(this.options.clock);
      return nothingDone(this.seen?.state).counts;
    }
    const seen = await this.look();
    if (seen.finishedWithin(restMs)) {
      return undefined;
    }
    const doneElsewhere = whileHeld && this.isDoneElsewhere(seen, unlessDoneElsewhere);
    if (doneElsewhere && scan === 'when-needed' && !(await this.isScanNeeded(seen))) {
      this.sinceFinished = new Stopwatch(this.options.clock);
      return { ...nothingDone(seen.state).counts, doneElsewhere };
    }
    return await this.underLease(seen, async lease => {
      const needed = scan === 'always' || doneElsewhere || (await this.isScanNeeded(seen));
      const { counts, leaseUpdate: word } = needed
        ? await this.assignAll(lease, seen)
        : nothingDone(lease.state);
      const work = doneElsewhere ? {} : await this.doWork(lease, whileHeld, unlessDoneElsewhere);
      this.sinceFinished = new Stopwatch(this.options.clock);
      const finishedMs = this.options.clock.now();
      return {
        counts: { ...counts, ...(doneElsewhere && { doneElsewhere }) },
        leaseUpdate: { ...word, ...work, finishedMs },
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
    work: (lease: Lease) => Promise<Done>,
  ): Promise<Counts | undefined> {
    const lease = seen.isHeld() ? undefined : await Lease.take(this.options, seen);
    if (!lease) {
      return undefined;
    }
    try {
      await this.proveConditions(lease);
      const { counts, leaseUpdate: word } = await work(lease);
      await lease.release(word);
      return counts;
    } catch (error) {
      if (error instanceof LostLeaseError) {
        return undefined;
      }
      await lease.release(NOTHING_KNOWN);
      throw error;
    } finally {
      this.seen = new SeenLease(this.options.clock, lease.state);
    }
  }

  private async assignAll(lease: Lease, seen: SeenLease): Promise<Done> {
    const done = await this.assignGroup(lease);
    // Only runs remove claims, and each writes into the lease how many are left.
    if (done.counts.targets === 0 && !seen.state.held && seen.state.instances > 0) {
      // Another run may have taken the lease and removed them: then this commit fails.
      await lease.commit([], 'to keep the lease');
      this.noteEmptied();
    }
    return done;
  }

  private async assignGroup(lease: Lease, group?: string): Promise<Done> {
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

  /** By what is known here, and by one small question to Datastore: nobody takes the lease for nothing. */
  private async isNeeded(): Promise<boolean> {
    const { seen } = this;
    const isKnown = seen && !seen.isOlderThan(BELIEVED_MS) && !seen.isScanDue();
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
    // Nobody ever removes the lease.
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

/** Where nothing was read, the claims are those of the last reading. */
function nothingDone({ targets = 0, instances = 0 }: Partial<LeaseState> = {}): Done {
  return { counts: { targets, instances, ...NOTHING }, leaseUpdate: {} };
}
