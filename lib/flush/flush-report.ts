/**
 * The result of a flush.
 *
 * @publicApi
 */
export interface FlushReport {
  /**
   * - `sent`: all cells were accepted, except cells that the monitor refuses for ever.
   * - `failed`: some cells were not accepted. They are sent again, and nothing is lost.
   * - `no-task-number`: no task number is assigned yet. Nothing was sent, and nothing is lost.
   * - `disabled`: metrics are disabled, or the application has not started or was closed.
   */
  readonly outcome: 'sent' | 'failed' | 'no-task-number' | 'disabled';
  /** The number of cells that were accepted. */
  readonly accepted: number;
  /** The number of cells that were not accepted. */
  readonly rejected: number;
  /** The reasons why cells were not accepted: the first ten different reasons, of at most 1000 characters each. */
  readonly reasons: readonly string[];
  /** When the flush began, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** How long the flush took, in milliseconds. */
  readonly durationMs: number;
}
