import { systemClock, type Clock } from './clock.js';

/**
 * Gives timestamps in whole microseconds since the epoch. Each is later than the one before, even if the system clock
 * stands still or goes back.
 */
export class Timestamps {
  private last = -Infinity;

  constructor(readonly clock: Clock = systemClock) {}

  take(): number {
    this.last = this.peek();
    return this.last;
  }

  /** The timestamp that {@link take} would give at this moment. */
  peek(): number {
    const wall = Math.floor(this.clock.now() * 1000);
    return wall > this.last ? wall : this.last + 1;
  }
}
