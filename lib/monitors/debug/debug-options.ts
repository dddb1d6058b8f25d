import { object, oneOf, optional, string } from '../../validation/schema.js';

/**
 * Options of {@link DebugMonitor}.
 *
 * @publicApi
 */
export interface DebugMonitorOptions {
  /**
   * The path of a file to append to. The file is created if it does not exist; its folder is not.
   *
   * @default the log of the application
   */
  file?: string | undefined;
  /**
   * `text` is for a person, and `json` for a program: one JSON object a line, one line a cell.
   *
   * `text` has a heading for each target, below it its cells, ordered by metric and fields. A line of `json` is
   * `{"target":{"service_name":"shop",…},"metric":"shop/orders","kind":"Counter","units":"","fields":{"status":"ok"},
   * "value":3,"start":"2026-01-02T03:04:05.678901Z","end":"2026-01-02T03:05:05.678901Z"}`.
   * Gauges have no `start`. The value of a distribution is
   * `{"count":2,"sum":3,"mean":1.5,"buckets":[{"from":1,"to":2,"count":2}]}`. An empty distribution has no `mean`. Only buckets
   * with samples are listed. The infinite bounds are the strings `"-Infinity"` and `"Infinity"`.
   *
   * @default 'text'
   */
  format?: 'text' | 'json' | undefined;
  /**
   * `changes` shows the cells that have changed since they were last shown, and `all` shows every cell at each flush.
   *
   * @default 'changes' in the log, 'all' in a file
   */
  show?: 'changes' | 'all' | undefined;
}

/** The rules for the {@link DebugMonitorOptions}. */
export const debugOptions = object({
  file: optional(string({ wanted: 'the path of a file' })),
  format: oneOf(['text', 'json'], { default: 'text' }),
  show: optional(oneOf(['changes', 'all'])),
});
