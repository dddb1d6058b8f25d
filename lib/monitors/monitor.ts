import type { Cell } from '../store/cell.js';

/**
 * What became of a cell that a monitor did not accept: see {@link RejectedCell.outcome}.
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
  /** Its index among the cells that were sent. */
  readonly index: number;
  /** Why, for the log. */
  readonly reason: string;
  /**
   * Whether it was written, and whether it may be accepted later.
   *
   * - `refused`: it was not written, and never will be as it is.
   * - `retry`: it was surely not written, and may be accepted later.
   * - `unknown`: it was perhaps written, such as where no answer came, or one that contradicts itself.
   *
   * Cells with `retry` or `unknown` are sent again soon. Where the task number is lost before that, what an `unknown`
   * cell carried may arrive twice, and is counted in `tsmon/unknown_sends`; `retry` says that it cannot.
   */
  readonly outcome: RejectionOutcome;
}

/**
 * What became of the cells that were sent: all of them were accepted but those named here.
 *
 * @publicApi
 */
export interface SendResult {
  /** The cells that were not accepted; empty where all were. */
  readonly rejected: readonly RejectedCell[];
}

/**
 * Where cells are sent.
 *
 * @publicApi
 */
export interface Monitor {
  /**
   * What the log, the status page and errors call it.
   *
   * @default the name of its class
   */
  readonly name?: string;
  /** How many cells it takes at a time; 0 means any number. */
  readonly chunkSize: number;
  /**
   * True where other processes send to the same place, as with Cloud Monitoring. Where task numbers are in memory by
   * default, the host name then holds the instance, so that no two processes write into one stream.
   *
   * @default false
   */
  readonly shared?: boolean;
  /**
   * The shortest expiry of task numbers that it works with, in seconds: more than its points may be dated ahead of the
   * clock, since the next holder of the number must not send anything dated earlier (T1).
   *
   * @default it works with any
   */
  readonly leastExpirationSec?: number;
  /**
   * Sends cells. It may be called again while a former call is under way.
   *
   * @param cells as many as {@link chunkSize} allows. They do not change afterwards.
   * @param endTime the time of all values, later than every `resetTime`: whole microseconds since the epoch.
   * @param signal aborted when nobody waits any more. All calls of one flush get the same one.
   * @throws where it is not known of any cell whether it was written: the outcome of all of them is `unknown`.
   */
  send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult>;
  /**
   * Lets go of connections and files. It is called once, after the last flush.
   *
   * @throws where something could not be closed. It is logged, and the application ends all the same.
   */
  close(): Promise<void>;
}
