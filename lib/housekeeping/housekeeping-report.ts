import type { AssignmentReport } from '../task-numbers/task-num-allocator.js';

/**
 * The global metrics in a run of housekeeping.
 *
 * @inline
 */
export interface GlobalMetricsReport {
  /** True if they were not reported, because another process had just done so; otherwise left out. */
  readonly skipped?: boolean;
  /** Names of the global callbacks that threw or took too long. */
  readonly failedCallbacks: readonly string[];
  /** Number of cells that were accepted. */
  readonly accepted: number;
  /** Number of cells that were not accepted. */
  readonly rejected: number;
  /** The reasons of rejected cells, each once. */
  readonly reasons: readonly string[];
}

/**
 * The result of a run of housekeeping.
 *
 * @publicApi
 */
export interface HousekeepingReport extends AssignmentReport {
  /** Left out if another run was at work or if metrics are disabled. */
  readonly globalMetrics?: GlobalMetricsReport;
}
