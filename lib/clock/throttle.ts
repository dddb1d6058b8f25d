import type { Clock } from './clock.js';
import { Stopwatch } from './stopwatch.js';

/** Allows each of several things at most once in a period. */
export class Throttle {
  private readonly allowed = new Map<string, Stopwatch>();

  constructor(
    private readonly clock: Clock,
    private readonly periodSec: number,
  ) {}

  /** Whether the thing of this name was not allowed within the period. */
  allows(name: string): boolean {
    const since = this.allowed.get(name);
    if (since && since.elapsedMs() < this.periodSec * 1000) {
      return false;
    }
    this.allowed.set(name, new Stopwatch(this.clock));
    return true;
  }
}
