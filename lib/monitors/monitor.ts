import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Cell } from '../store/cell.js';

/**
 * The outcome of a cell that a monitor did not accept: see {@link RejectedCell.outcome}.
 *
 * @inline
 */
export type RejectionOutcome = 'refused' | 'retry' | 'unknown';

/**
 * A cell that a monitor did not accept.
 *
 * @publicApi
 */
export interface RejectedCell {
  /** The index of the cell in the array that was sent. */
  readonly index: number;
  /** The reason, for the log. */
  readonly reason: string;
  /**
   * Whether the cell was written, and whether it may be accepted later.
   *
   * - `refused`: the cell was not written, and will never be accepted as it is.
   * - `retry`: the cell was surely not written, and may be accepted later.
   * - `unknown`: the cell was perhaps written. For example, no answer came, or the answer contradicts itself.
   *
   * Cells with `retry` or `unknown` are sent again soon. If the task number is lost before that, the increments of an `unknown`
   * cell may arrive twice, and are counted in `tsmon/unknown_sends`. The increments of a `retry` cell never arrive twice.
   */
  readonly outcome: RejectionOutcome;
}

/**
 * The outcome of the cells that were sent: all cells were accepted except the cells in the list.
 *
 * @publicApi
 */
export interface SendResult {
  /** The cells that were not accepted. Empty when all cells were accepted. */
  readonly rejected: readonly RejectedCell[];
}

/**
 * A destination of cells, such as Cloud Monitoring.
 *
 * @publicApi
 */
export interface Monitor {
  /**
   * The name in the log, on the status page and in errors.
   *
   * @default the name of its class
   */
  readonly name?: string;
  /** The largest number of cells in one call of `send()`. 0 means any number. */
  readonly chunkSize: number;
  /**
   * Whether other processes send to the same place, as with Cloud Monitoring. If it is true and task numbers are in memory by
   * default, the host name contains the instance id, so that no two processes write into one stream.
   *
   * @default false
   */
  readonly shared?: boolean;
  /**
   * Whether the monitor wants every cell with each flush. Otherwise cumulative distributions that have not changed are left
   * out for up to `flush.quietSec`, since backends are paid by the point.
   *
   * @default false
   */
  readonly everyPoint?: boolean;
  /**
   * Whether the monitor takes exemplars, so that it is worth keeping them.
   *
   * @default false
   */
  readonly takesExemplars?: boolean;
  /**
   * The shortest expiry of task numbers that the monitor works with, in seconds. It must be longer than the time by which
   * points may be dated ahead of the clock, since the next holder of the number sends points dated later (T1).
   *
   * @default any expiry is long enough
   */
  readonly leastExpirationSec?: number;
  /**
   * Checks a metric when the application starts, so that a metric that can never be sent is noticed early. `send()` must refuse
   * the cells of such a metric too, since metrics may be declared later.
   *
   * @throws RangeError with the name of the metric and the reason. The application then does not start.
   */
  checkMetric?(metric: MetricDeclaration): void;
  /**
   * Sends cells. It may be called again during an earlier call.
   *
   * @param cells at most {@link chunkSize} cells. They do not change afterwards.
   * @param endTime the time of all values, in whole microseconds since the epoch. It is later than every `resetTime`.
   * @param signal is aborted when the flush is given up. All calls of one flush get the same signal.
   * @throws when the outcome of every cell is `unknown`.
   */
  send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult>;
  /**
   * Closes connections and files. It is called once, after the last flush.
   *
   * @throws when something could not be closed. The error is logged, and the application still ends.
   */
  close(): Promise<void>;
}
