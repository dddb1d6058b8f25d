import type { AssignmentReport } from '../task-numbers/task-num-allocator.js';

/**
 * What became of the global metrics in a run of housekeeping.
 *
 * @publicApi
 */
export interface GlobalMetricsReport {
  /** True when they were left out, since another process had just reported them; left out otherwise. */
  readonly skipped?: boolean;
  /** The global callbacks that threw or took too long. */
  readonly failedCallbacks: readonly string[];
  /** How many cells of global metrics were accepted. */
  readonly accepted: number;
  /** How many were not. */
  readonly rejected: number;
  /** Why some were not, without repetition. */
  readonly reasons: readonly string[];
}

/**
 * What a run of housekeeping did.
 *
 * @publicApi
 */
export interface HousekeepingReport extends AssignmentReport {
  /** Left out when another run was at work, or metrics are disabled. */
  readonly globalMetrics?: GlobalMetricsReport;
}
