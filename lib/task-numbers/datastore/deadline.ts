import { systemClock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';

/** A timer this late means that the process was frozen. */
const LATE_MS = 100;
/** After a freeze timers run before the sockets are read: an answer that lies there gets this long to be read. */
const READ_GRACE_MS = 200;

/** The backend did not answer in time. What was asked for has perhaps been done. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * How long one call to a backend is waited for, by our own timer: the deadlines of client libraries
 * do not hold in every state of the connection.
 */
export class Deadline {
  private readonly stopwatch = new Stopwatch(systemClock);

  constructor(private readonly deadlineMs: number) {}

  /** Milliseconds left, at least 1. */
  remainingMs(): number {
    return Math.max(1, Math.ceil(this.deadlineMs - this.stopwatch.elapsedMs()));
  }

  /**
   * The result of `answer`, or a {@link DeadlineError}. What `answer` does after that is ignored, also
   * when it fails.
   */
  async wait<T>(answer: Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      let cancel = systemClock.after(this.remainingMs(), () => {
        if (this.stopwatch.elapsedMs() < this.deadlineMs + LATE_MS) {
          giveUp();
        } else {
          cancel = systemClock.after(READ_GRACE_MS, giveUp);
        }
      });
      const giveUp = (): void =>
        reject(new DeadlineError(`no answer within ${this.deadlineMs} ms`));
      answer.then(resolve, reject).finally(() => cancel());
    });
  }
}
