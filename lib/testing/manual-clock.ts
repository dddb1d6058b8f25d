import type { Clock } from '../clock/clock.js';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it.
 *
 * ```ts
 * const clock = new ManualClock();
 * clock.after(1000, () => console.log('one second later'));
 * clock.advance(1000); // prints, before it returns
 * ```
 *
 * @publicApi
 */
export class ManualClock implements Clock {
  private readonly timers = new Set<Timer>();
  private elapsedMs = 0;
  private jumpedMs = 0;

  /**
   * @param startMs the wall time at the start, in milliseconds since the epoch; by default 2026-01-01T00:00:00Z.
   * @throws RangeError when `startMs` is not finite.
   */
  constructor(private readonly startMs: number = Date.UTC(2026, 0, 1)) {
    if (!Number.isFinite(startMs)) {
      throw new RangeError(
        `startMs of a ManualClock must be a finite number of milliseconds, got ${String(startMs)}.`,
      );
    }
  }

  /** Wall time in milliseconds since the epoch: the start plus all advances and jumps. */
  now(): number {
    return this.startMs + this.elapsedMs + this.jumpedMs;
  }

  /** Milliseconds advanced since the clock was made. */
  monotonicNow(): number {
    return this.elapsedMs;
  }

  /**
   * Calls `callback` once, inside the {@link ManualClock.advance} that reaches the time `delayMs` from now.
   *
   * @returns a function that cancels the timer.
   */
  after(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.elapsedMs + Math.max(0, delayMs), callback };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  /**
   * Moves the time forward by `ms` milliseconds. Calls each timer that becomes due at its own time, in order of time and then
   * of creation. Timers that these calls create are included. The method is synchronous: promises that a timer resolves
   * settle after the next `await`.
   *
   * @throws RangeError when `ms` is negative or not finite.
   */
  advance(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) {
      throw new RangeError(
        `ManualClock.advance() takes a number of milliseconds that is not negative, got ${String(ms)}.`,
      );
    }
    const untilMs = this.elapsedMs + ms;
    for (let timer = this.nextDue(untilMs); timer; timer = this.nextDue(untilMs)) {
      this.timers.delete(timer);
      this.elapsedMs = Math.max(this.elapsedMs, timer.dueMs);
      timer.callback();
    }
    this.elapsedMs = Math.max(this.elapsedMs, untilMs);
  }

  /**
   * Sets the wall clock forward, or back if `ms` is negative, like a person or a time server. Timers and monotonic time do
   * not change. Use it also to simulate a process that was frozen.
   */
  jump(ms: number): void {
    this.jumpedMs += ms;
  }

  private nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) {
        next = timer;
      }
    }
    return next;
  }
}
