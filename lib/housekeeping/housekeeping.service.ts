import { SharedRun } from '../clock/shared-run.js';
import { WorkQueue } from '../clock/work-queue.js';
import { OwnWork } from '../own-work.js';
import type { AssignmentOptions, TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import type { AssignmentCounters } from '../self/assignment-counters.js';
import type { GlobalMetrics } from './global-metrics.js';
import type { GlobalMetricsReport, HousekeepingReport } from './housekeeping-report.js';
import { RECENTLY_SEC, type HousekeepingTurn } from './housekeeping-turn.js';

/** The metrics that a run reports and counts. */
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
 * The once-a-minute job: expires old claims, assigns task numbers, then reports global metrics. The route and the `@Cron`
 * job call it. Inject it to start a run yourself.
 *
 * @publicApi
 */
export class HousekeepingService {
  private readonly ownWork = new OwnWork();
  private readonly queue = new WorkQueue();
  private readonly requestedRun = new SharedRun(() =>
    this.ownWork.run(() => this.queue.run(() => this.runOnce(0))),
  );
  private stopped = false;

  /** @internal */
  constructor(
    private readonly allocator: TaskNumAllocator,
    /** Returns undefined while metrics are disabled. */
    private readonly metricsInUse: () => HousekeepingMetrics | undefined,
    private readonly turn: HousekeepingTurn,
  ) {}

  /**
   * Runs housekeeping once, after a timed run that is in progress. A second call during the run waits for the same run.
   *
   * @throws the error of the allocator. If a global callback or a monitor fails, the report says so instead.
   */
  run(): Promise<HousekeepingReport> {
    return this.requestedRun.join();
  }

  /**
   * Whether the timer starts no runs any more.
   *
   * @internal
   */
  get isStopped(): boolean {
    return this.stopped;
  }

  /**
   * Lets the timer start no more runs. Called when the application shuts down or its start is given up.
   *
   * @internal
   */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Runs housekeeping, unless it is another instance's turn or a run has just finished. The timer calls this once a minute.
   *
   * @throws like {@link run}.
   * @internal
   */
  async tick(): Promise<void> {
    if (this.stopped || this.queue.isBusy || !this.turn.isMine()) {
      return;
    }
    await this.ownWork.run(() => this.queue.run(() => this.runOnce(RECENTLY_SEC)));
  }

  /** @param unlessFinishedWithinSec a timed run is skipped when another run has just finished; a requested run is not. */
  private async runOnce(unlessFinishedWithinSec: number): Promise<HousekeepingReport> {
    const metrics = this.metricsInUse();
    const reportGlobalMetrics = metrics?.global.hasWork ?? false;
    let globalMetrics = reportGlobalMetrics ? undefined : NOTHING_TO_REPORT;
    const report = async (isHeld: () => boolean): Promise<boolean> => {
      globalMetrics = await metrics?.global.report(isHeld);
      // If nothing was accepted, another process should try.
      return (globalMetrics?.accepted ?? 0) > 0;
    };
    const options: AssignmentOptions = {
      scan: 'when-needed',
      unlessFinishedWithinSec,
      ...(metrics && reportGlobalMetrics && this.underLease(metrics.global, report)),
    };
    const { doneElsewhere, ...assignment } = await this.ownWork.runUncounted(() =>
      this.allocator.assignTaskNumbers(options),
    );
    this.turn.noteRun(assignment.skipped);
    metrics?.counters.count(assignment);
    if (assignment.skipped || !metrics) {
      return assignment;
    }
    if (doneElsewhere) {
      return { ...assignment, globalMetrics: REPORTED_ELSEWHERE };
    }
    if (!globalMetrics) {
      // An allocator of the application's own may ignore whileHeld.
      await report(() => true);
    }
    return { ...assignment, globalMetrics };
  }

  /**
   * Does not report if another process has just done so. Two crons may fire in the same minute in different processes, and
   * the second points would be too close to the first. This process may repeat its own report: its monitor keeps enough
   * time between points.
   */
  private underLease(
    global: GlobalMetrics,
    report: (isHeld: () => boolean) => Promise<boolean>,
  ): AssignmentOptions {
    const unlessDoneElsewhere = { what: global.name, withinSec: RECENTLY_SEC };
    // Requests that global callbacks make are counted: they belong to the application.
    return { whileHeld: isHeld => this.ownWork.run(() => report(isHeld)), unlessDoneElsewhere };
  }
}
