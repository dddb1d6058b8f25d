import type { Clock } from './clock.js';

/**
 * Measures time since it was made. Neither clock can be trusted alone: the wall clock jumps, and the
 * monotonic one may stand still while the platform freezes the process. The larger answer is the safe one.
 */
export class Stopwatch {
  private readonly wallStart: number;
  private readonly monotonicStart: number;

  constructor(private readonly clock: Clock) {
    this.wallStart = clock.now();
    this.monotonicStart = clock.monotonicNow();
  }

  /** Milliseconds since the start, by the larger of wall and monotonic time. */
  elapsedMs(): number {
    return Math.max(
      this.clock.now() - this.wallStart,
      this.clock.monotonicNow() - this.monotonicStart,
    );
  }
}
