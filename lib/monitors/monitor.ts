import type { Cell } from '../store/cell.js';

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
  /** True when the same cell may be accepted later, false when it never will. */
  readonly retry: boolean;
}

/**
 * What became of the cells that were sent: all of them were accepted but those named here.
 *
 * @publicApi
 */
export interface SendResult {
  /** Those that were not accepted; empty where all were. */
  readonly rejected: readonly RejectedCell[];
}

/**
 * Where cells are sent.
 *
 * @publicApi
 */
export interface Monitor {
  /** How many cells it takes at a time; 0 means any number. */
  readonly chunkSize: number;
  /**
   * Sends cells. It may be called again while a former call is under way.
   *
   * @param cells as many as {@link chunkSize} allows. They do not change afterwards.
   * @param endTime the time of all values, later than every `resetTime`: whole microseconds since the epoch.
   * @param signal aborted when nobody waits any more.
   * @throws where nothing is known to be accepted.
   */
  send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult>;
  /**
   * Lets go of connections and files. It is called once, after the last flush.
   *
   * @throws where something could not be closed. It is logged, and the application ends all the same.
   */
  close(): Promise<void>;
}
