import type { Clock } from '../clock/clock.js';
import { Stopwatch } from '../clock/stopwatch.js';
import { log } from '../log.js';

const PATIENCE_MS = 5 * 60_000;

/** A part of the message about a long wait, by which an alert finds it in the log. */
export const WAITS_FOR_NUMBER = 'minutes for a task number, and sends nothing until it has one.';

/** Logs that this instance waits for a task number, and every five minutes where to look for the cause. */
export class NumberWait {
  private since: Stopwatch | undefined;
  private toleratedMs = PATIENCE_MS;

  /** @param whereToLook which job assigns numbers, and what may be blocking it. */
  constructor(
    private readonly whereToLook: string,
    private readonly clock: Clock,
  ) {}

  stillWaiting(reason: string): void {
    if (!this.since) {
      this.since = new Stopwatch(this.clock);
      log.warn(`Nothing is sent yet, and nothing is lost: ${reason}.`);
    }
    const waitedMs = this.since.elapsedMs();
    if (waitedMs > this.toleratedMs) {
      this.toleratedMs = waitedMs + PATIENCE_MS;
      log.warn(
        `This instance has waited ${Math.round(waitedMs / 60_000)} ${WAITS_FOR_NUMBER} ${this.whereToLook}`,
      );
    }
  }

  /** Notes that there is a number. */
  end(): void {
    this.since = undefined;
    this.toleratedMs = PATIENCE_MS;
  }
}
