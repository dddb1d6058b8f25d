import type { DailyTraffic } from './daily-traffic.js';
import type { Operations } from '../task-numbers/counted-datastore.js';
import type { Sent } from './shop-instance.js';

/** What the metrics of a day were sent by, and what a peer would have sent of the same instances and requests. */
export interface DayCosts {
  readonly requests: number;
  readonly instanceMinutes: number;
  readonly ours: Sent;
  /** LUCI sends every cell with each flush, as often as we do. */
  readonly luciBytes: number;
  /** OpenTelemetry sends every cell of every instance each minute, and once more when the instance stops. */
  readonly openTelemetryBytes: number;
  /** The sidecar reads every cell of every instance twice a minute. */
  readonly prometheusSamples: number;
}

/** A claim that LUCI has not heard of for so long is removed. */
const EXPIRATION_MINUTES = 30;

/**
 * Counts the operations of LUCI's algorithm: each flush is a transaction that reads and writes the row of its instance, and
 * each minute a cron reads all rows, gives numbers to those that have none and deletes those that have expired.
 *
 * @param flushes how many there are on that day.
 */
export function luciOperations(traffic: DailyTraffic, flushes: number): Omit<Operations, 'calls'> {
  let scanned = 0;
  let assigned = 0;
  let deletes = 0;
  for (const { start, end } of traffic.lives()) {
    const expiry = end + EXPIRATION_MINUTES;
    assigned += 1;
    deletes += expiry <= traffic.minutes ? 1 : 0;
    scanned += Math.min(expiry, traffic.minutes) - start;
  }
  return { reads: flushes + scanned, writes: flushes + assigned, deletes };
}
