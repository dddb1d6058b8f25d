import type { Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { FAR_FUTURE_MS } from '../assignment-plan.js';
import type { InstanceRow } from './instance-row.js';

/** What others must not have done to the row of an instance. */
export type ClaimTrouble =
  /** A housekeeping that is not ours has written it. */
  | { readonly type: 'foreign writer' }
  /** Another process renews it too. */
  | { readonly type: 'twin'; readonly claim: InstanceRow }
  /** It is gone, so little time after it was written that nobody may have removed it. */
  | { readonly type: 'gone'; readonly taskNum: number; readonly writtenMsAgo: number }
  /** Housekeeping did not believe its heartbeat, which was so far ahead. */
  | { readonly type: 'set back'; readonly byMs: number };

/** The heartbeats of eight hours, by default. */
const REMEMBERED_HEARTBEATS = 100;

interface KnownRow {
  readonly lastUpdatedMs: number;
  readonly taskNum: number;
  /** Runs from before it was written; undefined where another process wrote it. */
  readonly sinceWritten: Stopwatch | undefined;
}

/**
 * Remembers the heartbeats of this process, so that it can tell what others have done to its row. Two processes with one
 * instance id would renew it in turn, each on what the other has written, and send under one number.
 */
export class ClaimHistory {
  private known: KnownRow | undefined;
  /** The last heartbeats that were sent: one may be applied late, a registration even after its row was removed. */
  private readonly sent = new Map<number, Stopwatch>();

  constructor(
    private readonly clock: Clock,
    private readonly expirationSec: number,
  ) {}

  /** A heartbeat, or a release, is about to be sent. */
  sending(lastUpdatedMs: number): void {
    this.sent.set(lastUpdatedMs, new Stopwatch(this.clock));
    if (this.sent.size > REMEMBERED_HEARTBEATS) {
      const [oldest] = this.sent.keys();
      this.sent.delete(oldest!);
    }
  }

  /** The row is as this process wrote it just now. */
  written(claim: InstanceRow): void {
    this.remember(claim);
  }

  /** The row was read. */
  read(claim: InstanceRow | undefined): ClaimTrouble | undefined {
    const trouble = this.known && this.troubleIn(this.known, claim);
    this.remember(claim);
    return trouble;
  }

  private troubleIn(known: KnownRow, claim: InstanceRow | undefined): ClaimTrouble | undefined {
    if (!claim) {
      const writtenMsAgo = known.sinceWritten?.elapsedMs() ?? Number.POSITIVE_INFINITY;
      // Clocks may differ by less than half of the expiry: it was not removed for its age.
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

  private remember(claim: InstanceRow | undefined): void {
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
