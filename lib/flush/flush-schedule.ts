import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';

/** A timer may fire, or a request end, slightly too early. The flush need not wait for the next timer or request then. */
const TOLERANCE_MS = 100;
const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 600_000;
const BACKOFF_JITTER = 0.2;
const LONGEST_WAIT_FOR_NUMBER_MS = 5_000;

/** Decides when the next flush is due. */
export class FlushSchedule {
  private since: Stopwatch;
  /** Read at each use, so that a change of the interval holds at once. */
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

  /** Starts again, as after the construction. */
  begin(firstShare: number): void {
    this.failures = 0;
    this.restart(() => firstShare * this.intervalMs());
  }

  /** Milliseconds until the next flush; negative when it is late. */
  remainingMs(): number {
    return this.delayMs() - this.since.elapsedMs();
  }

  isDue(): boolean {
    return this.remainingMs() <= TOLERANCE_MS;
  }

  /** Whether the next flush should have begun a whole interval ago. */
  isLate(): boolean {
    return this.remainingMs() <= TOLERANCE_MS - this.intervalMs();
  }

  /** After a success the next flush is due one interval after the beginning of this one. */
  succeeded(begun: Stopwatch): void {
    this.failures = 0;
    this.since = begun;
    this.delayMs = this.intervalMs;
  }

  /** After a failure the next flush is due in 5, 10, 20 … 600 s, minus up to a fifth, so that instances do not retry together. */
  failed(): void {
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.failures, LONGEST_BACKOFF_MS);
    this.failures += 1;
    const delayMs = backoffMs * (1 - BACKOFF_JITTER * this.random());
    this.restart(() => delayMs);
  }

  /** Without a task number the next flush is due soon, since housekeeping may assign a number at any moment. */
  waitForNumber(): void {
    this.failures = 0;
    this.restart(() => Math.min(this.intervalMs(), LONGEST_WAIT_FOR_NUMBER_MS));
  }

  private restart(delayMs: () => number): void {
    this.since = new Stopwatch(this.clock);
    this.delayMs = delayMs;
  }
}
