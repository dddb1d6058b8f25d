import type { Clock } from '../../clock/clock.js';
import { durationText } from '../../clock/duration-text.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { log } from '../../log.js';
import { FAR_FUTURE_MS } from '../assignment-plan.js';
import { MAX_SKEW_MS } from '../claim.js';
import type { RowStore } from './row-store.js';

const REPEAT_MS = 60 * 60_000;

/**
 * Compares the clock of this process with the clock of Datastore, and logs when it is wrong. Numbers are unique only while
 * each clock is wrong by less than a quarter of the expiry, and an instance with a clock that is far off never gets one.
 */
export class ClockWatch {
  /** The least time by which the clock of this process is ahead; negative if it is behind. */
  private aheadMs = 0;
  private sinceLogged: Stopwatch | undefined;
  private serverGivesTimes = false;

  constructor(
    private readonly clock: Clock,
    private readonly expirationSec: number,
  ) {}

  /** Returns the same store, with lookups that check the clock. */
  watched(store: RowStore): RowStore {
    return {
      lookup: async (paths, call) => {
        const beforeMs = this.clock.now();
        const rows = await store.lookup(paths, call);
        const readMs = rows.find(row => row?.readMs !== undefined)?.readMs;
        if (readMs !== undefined) {
          this.compare(readMs, beforeMs, this.clock.now());
        }
        return rows;
      },
      scan: (range, call) => store.scan(range, call),
      exists: (rows, call) => store.exists(rows, call),
      commit: (writes, call) => store.commit(writes, call),
      close: () => store.close(),
    };
  }

  /**
   * Describes how far the clock is wrong: `the clock of this instance is 41 min behind the clock of Datastore`. Undefined if
   * the clock is right.
   */
  get difference(): string | undefined {
    const { aheadMs } = this;
    if (Math.abs(aheadMs) <= this.toleratedMs) {
      return undefined;
    }
    const side = aheadMs > 0 ? 'ahead of' : 'behind';
    return `the clock of this instance is ${durationText(Math.abs(aheadMs))} ${side} the clock of Datastore`;
  }

  /** Notes that housekeeping has set a heartbeat back. Believes the clock of housekeeping if the server gives no times. */
  wasSetBack(byMs: number): void {
    if (!this.serverGivesTimes) {
      this.note(byMs);
    }
  }

  private get toleratedMs(): number {
    return Math.min((this.expirationSec * 1000) / 4, MAX_SKEW_MS / 2);
  }

  /** Uses that the server read the row between the two times, even if its answer was seen late. */
  private compare(readMs: number, beforeMs: number, afterMs: number): void {
    this.serverGivesTimes = true;
    if (beforeMs > readMs) {
      this.note(beforeMs - readMs);
    } else {
      this.note(Math.min(0, afterMs - readMs));
    }
  }

  private note(aheadMs: number): void {
    this.aheadMs = aheadMs;
    const { difference } = this;
    if (difference === undefined) {
      this.sinceLogged = undefined;
    } else if (!this.sinceLogged || this.sinceLogged.elapsedMs() > REPEAT_MS) {
      this.sinceLogged = new Stopwatch(this.clock);
      log.warn(`Set the clock of this machine: ${difference}. ${this.consequence()}`);
    }
  }

  private consequence(): string {
    if (-this.aheadMs > this.expirationSec * 1000) {
      return `Its claim expires (after ${this.expirationSec} s) as soon as it is written, so the instance gets no task number and sends nothing.`;
    }
    if (this.aheadMs > FAR_FUTURE_MS) {
      return 'Housekeeping does not believe heartbeats that are more than an hour ahead, so the instance gets no task number and sends nothing.';
    }
    return `If a clock is wrong by more than ${durationText(this.toleratedMs)}, two instances may send under the same task number.`;
  }
}
