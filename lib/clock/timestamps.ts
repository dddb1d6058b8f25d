import { systemClock, type Clock } from './clock.js';

/**
 * Gives timestamps in whole microseconds since the epoch. Each is later than the one before, even if the system clock
 * stands still or goes back.
 */
export class Timestamps {
  private last = -Infinity;

  constructor(readonly source: Clock = systemClock) {}

  now(): number {
    this.last = this.next();
    return this.last;
  }

  /** The timestamp that {@link now} would give at this moment. */
  next(): number {
    const wall = Math.floor(this.source.now() * 1000);
    return wall > this.last ? wall : this.last + 1;
  }
}
