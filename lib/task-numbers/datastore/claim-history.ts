import type { Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { FAR_FUTURE_MS } from '../assignment-plan.js';
import type { InstanceRow } from './instance-row.js';

/** A change of an instance's row that other processes must not make. */
export type ClaimTrouble =
  /** Another housekeeping has written the row. */
  | { readonly type: 'foreign writer' }
  /** Another process renews the row too. */
  | { readonly type: 'twin'; readonly claim: InstanceRow }
  /** The row is gone, although it was written too recently to expire. */
  | { readonly type: 'gone'; readonly taskNum: number; readonly writtenMsAgo: number }
  /** Housekeeping has set the heartbeat back, because it was too far ahead. */
  | { readonly type: 'set back'; readonly byMs: number };

/** By default these are the heartbeats of eight hours. */
const REMEMBERED_HEARTBEATS = 100;

interface KnownRow {
  readonly lastUpdatedMs: number;
  readonly taskNum: number;
  /** Runs since before the row was written; undefined if another process wrote it. */
  readonly sinceWritten: Stopwatch | undefined;
}

/**
 * Remembers the heartbeats of this process, to notice what other processes have done to its row. Two processes with the
 * same instance id would renew the row in turn, each on the version of the other, and send under the same number.
 */
export class ClaimHistory {
  private known: KnownRow | undefined;
  /** The last heartbeats that were sent. A heartbeat may be applied late, a registration even after its row was removed. */
  private readonly sent = new Map<number, Stopwatch>();

  constructor(
    private readonly clock: Clock,
    private readonly expirationSec: number,
  ) {}

  /** Notes that a heartbeat or a release is about to be sent. */
  sending(lastUpdatedMs: number): void {
    this.sent.set(lastUpdatedMs, new Stopwatch(this.clock));
    if (this.sent.size > REMEMBERED_HEARTBEATS) {
      const [oldest] = this.sent.keys();
      this.sent.delete(oldest!);
    }
  }

  /** Notes a row that was read, and returns the trouble that it shows. */
  read(claim: InstanceRow | undefined): ClaimTrouble | undefined {
    const trouble = this.known && this.troubleIn(this.known, claim);
    this.remember(claim);
    return trouble;
  }

  private troubleIn(known: KnownRow, claim: InstanceRow | undefined): ClaimTrouble | undefined {
    if (!claim) {
      const writtenMsAgo = known.sinceWritten?.elapsedMs() ?? Number.POSITIVE_INFINITY;
      // Clocks differ by less than half of the expiry, so the row was not removed because of its age.
      return writtenMsAgo < (this.expirationSec * 1000) / 2
        ? { type: 'gone', taskNum: known.taskNum, writtenMsAgo }
        : undefined;
    }
    const { lastUpdatedMs = known.lastUpdatedMs } = claim;
    if (lastUpdatedMs > known.lastUpdatedMs && !this.sent.has(lastUpdatedMs)) {
      return { type: 'twin', claim };
    }
    const byMs = known.lastUpdatedMs - lastUpdatedMs;
    return byMs > FAR_FUTURE_MS && !claim.released ? { type: 'set back', byMs } : undefined;
  }

  /** Notes a row as it is now: this process has just written or read it. */
  remember(claim: InstanceRow | undefined): void {
    if (!claim || claim.lastUpdatedMs === undefined) {
      this.known = undefined;
      return;
    }
    const { lastUpdatedMs, taskNum } = claim;
    const isKnown = this.known?.lastUpdatedMs === lastUpdatedMs;
    const sinceWritten =
      this.sent.get(lastUpdatedMs) ?? (isKnown ? this.known?.sinceWritten : undefined);
    this.known = { lastUpdatedMs, taskNum, sinceWritten };
  }
}
