import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';

/** A timer may fire, and a request end, a little early: that is no reason to wait for the next one. */
const TOLERANCE_MS = 100;
const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 600_000;
const BACKOFF_JITTER = 0.2;
const LONGEST_WAIT_FOR_NUMBER_MS = 5_000;

/** When the next flush is due. */
export class FlushSchedule {
  private since: Stopwatch;
  /** An interval that changes holds at once, not only after the next flush. */
  private delayMs: () => number;
  private failures = 0;

  /** The first flush is due after `firstShare` of an interval. */
  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: () => number,
    firstShare: number,
    private readonly random: () => number = Math.random,
  ) {
    this.since = new Stopwatch(clock);
    this.delayMs = () => firstShare * intervalMs();
  }

  /** As at the beginning. */
  begin(firstShare: number): void {
    this.failures = 0;
    this.restart(() => firstShare * this.intervalMs());
  }

  /** Milliseconds until the next flush; negative when it is late. */
  remainingMs(): number {
    return this.delayMs() - this.since.elapsedMs();
  }

  /** True when the next flush should begin. */
  isDue(): boolean {
    return this.remainingMs() <= TOLERANCE_MS;
  }

  /** True when the next flush should have begun a whole interval ago. */
  isLate(): boolean {
    return this.remainingMs() <= TOLERANCE_MS - this.intervalMs();
  }

  /** All was sent: the next flush is due an interval after this one began. */
  succeeded(begun: Stopwatch): void {
    this.failures = 0;
    this.since = begun;
    this.delayMs = this.intervalMs;
  }

  /** Some was not sent: 5, 10, 20 … 600 s from now, less up to a fifth, so that instances part ways. */
  failed(): void {
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.failures, LONGEST_BACKOFF_MS);
    this.failures += 1;
    const delayMs = backoffMs * (1 - BACKOFF_JITTER * this.random());
    this.restart(() => delayMs);
  }

  /** There is no number yet: soon again, since housekeeping may assign one at any moment. */
  waitForNumber(): void {
    this.failures = 0;
    this.restart(() => Math.min(this.intervalMs(), LONGEST_WAIT_FOR_NUMBER_MS));
  }

  private restart(delayMs: () => number): void {
    this.since = new Stopwatch(this.clock);
    this.delayMs = delayMs;
  }
}
