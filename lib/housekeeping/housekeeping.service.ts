import { outsideTargets } from '../targets/with-target.js';
import type { TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import type { GlobalMetrics } from './global-metrics.js';
import type { HousekeepingReport } from './housekeeping-report.js';

/**
 * The once-a-minute job: expires old claims, assigns task numbers, then reports global metrics. The route and
 * the `@Cron` job call it; inject it to run it by hand.
 *
 * @publicApi
 */
export class HousekeepingService {
  private running: Promise<HousekeepingReport> | undefined;

  /** @param globalMetrics left out while metrics are disabled. */
  constructor(
    private readonly allocator: TaskNumAllocator,
    private readonly globalMetrics: GlobalMetrics | undefined,
  ) {}

  /**
   * One run. A second call while this process runs it waits for the same one.
   *
   * @throws what the allocator failed with; a global callback or monitor that fails is reported instead.
   */
  run(): Promise<HousekeepingReport> {
    this.running ??= outsideTargets(() => this.runOnce()).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async runOnce(): Promise<HousekeepingReport> {
    const assignment = await this.allocator.assignTaskNumbers();
    return assignment.skipped || !this.globalMetrics
      ? assignment
      : { ...assignment, globalMetrics: await this.globalMetrics.report() };
  }
}
