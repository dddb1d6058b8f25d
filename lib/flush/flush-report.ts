/**
 * What a flush did.
 *
 * @publicApi
 */
export interface FlushReport {
  /**
   * - `sent`: all cells were accepted that ever will be.
   * - `failed`: some were not. Nothing is lost: they are sent again.
   * - `no-task-number`: nothing was sent, nor lost, since no task number is assigned yet.
   * - `disabled`: metrics are disabled, or the application has not started or was closed.
   */
  readonly outcome: 'sent' | 'failed' | 'no-task-number' | 'disabled';
  /** How many cells were accepted. */
  readonly accepted: number;
  /** How many cells were not. */
  readonly rejected: number;
  /** Why some were not, without repetition: the first ten reasons, of at most 1000 characters each. */
  readonly reasons: readonly string[];
  /** When it began: milliseconds since the epoch. */
  readonly startedAt: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}
