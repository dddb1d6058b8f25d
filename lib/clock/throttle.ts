import type { Clock } from './clock.js';
import { Stopwatch } from './stopwatch.js';

/** Allows each named event at most once in a period. */
export class Throttle {
  private readonly sinceAllowed = new Map<string, Stopwatch>();

  constructor(
    private readonly clock: Clock,
    private readonly periodSec: number,
  ) {}

  /** Returns true, and starts a period, unless the last period of this name still lasts. */
  allows(name: string): boolean {
    const since = this.sinceAllowed.get(name);
    if (since && since.elapsedMs() < this.periodSec * 1000) {
      return false;
    }
    this.sinceAllowed.set(name, new Stopwatch(this.clock));
    return true;
  }
}
