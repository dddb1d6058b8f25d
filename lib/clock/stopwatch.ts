import type { Clock } from './clock.js';

/**
 * Measures the time since it was made. Neither time can be trusted alone: wall time jumps, and monotonic time may stand
 * still while the platform freezes the process. The larger of the two is the safe answer.
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
