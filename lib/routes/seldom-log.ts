import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { log } from '../log.js';

/**
 * Says each thing once in a while, however often strangers make it happen. What they have written must not be a part of
 * the messages, of which there are to be few.
 */
export class SeldomLog {
  private readonly said = new Map<string, Stopwatch>();

  constructor(
    private readonly clock: Clock,
    private readonly everySec: number,
  ) {}

  /** @param detail may be another one each time. */
  warn(message: string, detail?: string): void {
    if (this.isDue(message)) {
      log.warn(detail === undefined ? message : `${message}: ${detail}`);
    }
  }

  /** @param detail may be another one each time. */
  error(message: string, detail: unknown): void {
    if (this.isDue(message)) {
      log.error(message, detail);
    }
  }

  private isDue(message: string): boolean {
    const since = this.said.get(message);
    if (since && since.elapsedMs() < this.everySec * 1000) {
      return false;
    }
    this.said.set(message, new Stopwatch(this.clock));
    return true;
  }
}
