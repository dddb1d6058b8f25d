import type { Clock } from './clock/clock.js';
import { Throttle } from './clock/throttle.js';
import { log } from './log.js';

/**
 * Logs each message at most once in a period, however often callers cause it. Messages must not contain text from callers:
 * each distinct message is remembered.
 */
export class SeldomLog {
  private readonly throttle: Throttle;

  /** @param periodSec how long a message is not repeated. */
  constructor(clock: Clock, periodSec: number) {
    this.throttle = new Throttle(clock, periodSec);
  }

  /** @param detail may contain text from callers. */
  warn(message: string, detail?: string): void {
    if (this.throttle.allows(message)) {
      log.warn(detail === undefined ? message : `${message}: ${detail}`);
    }
  }

  /** @param detail what was thrown. */
  error(message: string, detail: unknown): void {
    if (this.throttle.allows(message)) {
      log.error(message, detail);
    }
  }
}

/** Logs each topic once, even if it comes up again. */
export class OnceLog {
  private readonly warnings = new Set<string>();
  private readonly errors = new Set<string>();

  /** @param topic identifies messages that mean the same. */
  warnOnce(message: string, topic = message): void {
    if (!this.warnings.has(topic)) {
      this.warnings.add(topic);
      log.warn(message);
    }
  }

  /** @param topic as for {@link OnceLog.warnOnce}. */
  errorOnce(message: string, topic: string): void {
    if (!this.errors.has(topic)) {
      this.errors.add(topic);
      log.error(message);
    }
  }

  /** @param detail what was thrown. The message is the topic. */
  failureOnce(message: string, detail: unknown): void {
    if (!this.errors.has(message)) {
      this.errors.add(message);
      log.error(message, detail);
    }
  }

  /** Forgets the errors, so that they are logged again if they recur. */
  reset(): void {
    this.errors.clear();
  }
}
