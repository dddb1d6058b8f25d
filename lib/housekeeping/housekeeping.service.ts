import { OwnWork } from '../own-work.js';
import type { AssignmentOptions, TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import type { AssignmentCounters } from '../self/assignment-counters.js';
import type { GlobalMetrics } from './global-metrics.js';
import type { GlobalMetricsReport, HousekeepingReport } from './housekeeping-report.js';
import { RECENTLY_SEC, type HousekeepingTurn } from './housekeeping-turn.js';

/** What is done with metrics in a run. */
interface HousekeepingMetrics {
  readonly global: GlobalMetrics;
  readonly counters: AssignmentCounters;
}

const NOTHING_TO_REPORT: GlobalMetricsReport = {
  failedCallbacks: [],
  accepted: 0,
  rejected: 0,
  reasons: [],
};

const REPORTED_ELSEWHERE: GlobalMetricsReport = { ...NOTHING_TO_REPORT, skipped: true };

/**
 * The once-a-minute job: expires old claims, assigns task numbers, then reports global metrics. The route and
 * the `@Cron` job call it; inject it to run it by hand.
 *
 * @publicApi
 */
export class HousekeepingService {
  private readonly ownWork = new OwnWork();
  private byHand: Promise<HousekeepingReport> | undefined;
  private byClock: Promise<HousekeepingReport> | undefined;
  private stopped = false;

  /** @internal */
  constructor(
    private readonly allocator: TaskNumAllocator,
    /** Undefined while metrics are disabled. */
    private readonly metricsInUse: () => HousekeepingMetrics | undefined,
    private readonly turn: HousekeepingTurn,
  ) {}

  /**
   * One run. A second call while this process runs it waits for the same one.
   *
   * @throws what the allocator failed with; a global callback or monitor that fails is reported instead.
   */
  run(): Promise<HousekeepingReport> {
    this.byHand ??= this.ownWork.run(() =>
      this.afterTick().finally(() => {
        this.byHand = undefined;
      }),
    );
    return this.byHand;
  }

  /**
   * Whether no tick begins a run any more.
   *
   * @internal
   */
  get isStopped(): boolean {
    return this.stopped;
  }

  /**
   * The application ends, or its start was given up: from the call on no tick begins a run.
   *
   * @internal
   */
  stop(): void {
    this.stopped = true;
  }

  /**
   * One run, unless it is for another instance to do, or was done just now; once a minute.
   *
   * @throws as {@link run}.
   * @internal
   */
  async tick(): Promise<void> {
    if (this.stopped || this.byHand || this.byClock || !this.turn.isMine()) {
      return;
    }
    this.byClock = this.ownWork.run(() =>
      this.runOnce(RECENTLY_SEC).finally(() => {
        this.byClock = undefined;
      }),
    );
    await this.byClock;
  }

  /** A tick may leave everything to a run that has just finished, but a run by hand must not. */
  private async afterTick(): Promise<HousekeepingReport> {
    await this.byClock?.catch(() => {});
    return this.runOnce(0);
  }

  private async runOnce(unlessFinishedWithinSec: number): Promise<HousekeepingReport> {
    const metrics = this.metricsInUse();
    const reportGlobalMetrics = metrics?.global.hasWork ?? false;
    let globalMetrics = reportGlobalMetrics ? undefined : NOTHING_TO_REPORT;
    const report = async (isHeld: () => boolean): Promise<boolean> => {
      globalMetrics = await metrics?.global.report(isHeld);
      // Where nothing was accepted, another process should try.
      return (globalMetrics?.accepted ?? 0) > 0;
    };
    const { doneElsewhere, ...assignment } = await this.allocator.assignTaskNumbers({
      scan: 'when-needed',
      unlessFinishedWithinSec,
      ...(metrics && reportGlobalMetrics && this.underLease(metrics.global, report)),
    });
    this.turn.noteRun(assignment.skipped);
    metrics?.counters.count(assignment);
    if (assignment.skipped || !metrics) {
      return assignment;
    }
    if (doneElsewhere) {
      return { ...assignment, globalMetrics: REPORTED_ELSEWHERE };
    }
    if (!globalMetrics) {
      // An allocator of the application's own need not know of whileHeld.
      await report(() => true);
    }
    return { ...assignment, globalMetrics };
  }

  /**
   * Leaves the report out where another process has just made it: two crons may fire in the same minute in different
   * processes, and the points of the second would be too close to the points of the first. This process may repeat its own
   * report, since its monitor keeps points apart.
   */
  private underLease(
    global: GlobalMetrics,
    report: (isHeld: () => boolean) => Promise<boolean>,
  ): AssignmentOptions {
    const unlessDoneElsewhere = { what: global.name, withinSec: RECENTLY_SEC };
    return { whileHeld: report, unlessDoneElsewhere };
  }
}
