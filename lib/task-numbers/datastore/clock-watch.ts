import type { Clock } from '../../clock/clock.js';
import { durationText } from '../../clock/duration-text.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { log } from '../../log.js';
import { FAR_FUTURE_MS } from '../assignment-plan.js';
import { MAX_SKEW_MS } from '../claim.js';
import type { RowStore } from './row-store.js';

const REPEAT_MS = 60 * 60_000;

/**
 * Compares the clock of this process with the clock of Datastore, and logs when it is wrong. No two instances hold one number
 * only while each clock is wrong by less than a quarter of the expiry; and one that is far off never gets a number.
 */
export class ClockWatch {
  /** By how much the clock of this process is ahead, at least; negative where it is behind. */
  private aheadMs = 0;
  private sinceLogged: Stopwatch | undefined;
  private serverTellsTimes = false;

  constructor(
    private readonly clock: Clock,
    private readonly expirationSec: number,
  ) {}

  /** The same store, whose lookups are compared with the clock. */
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

  /** How wrong the clock is: `the clock of this instance is 41 min behind that of Datastore`. Undefined where it is right. */
  get difference(): string | undefined {
    const { aheadMs } = this;
    if (Math.abs(aheadMs) <= this.toleratedMs) {
      return undefined;
    }
    const side = aheadMs > 0 ? 'ahead of' : 'behind';
    return `the clock of this instance is ${durationText(Math.abs(aheadMs))} ${side} that of Datastore`;
  }

  /** Notes that housekeeping has set a heartbeat back. Its clock is believed where the server tells no times. */
  wasSetBack(byMs: number): void {
    if (!this.serverTellsTimes) {
      this.note(byMs);
    }
  }

  private get toleratedMs(): number {
    return Math.min((this.expirationSec * 1000) / 4, MAX_SKEW_MS / 2);
  }

  /** The server has read between two moments of our own, however late its answer was seen. */
  private compare(readMs: number, beforeMs: number, afterMs: number): void {
    this.serverTellsTimes = true;
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
      return `Its claim is older than its expiry (${this.expirationSec} s) as soon as it is written, so it gets no task number and sends nothing.`;
    }
    if (this.aheadMs > FAR_FUTURE_MS) {
      return 'Housekeeping does not believe heartbeats from more than an hour ahead, so it gets no task number and sends nothing.';
    }
    return `Where clocks are wrong by more than ${durationText(this.toleratedMs)}, two instances may send under one task number.`;
  }
}
