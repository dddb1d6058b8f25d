import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';
import { Stopwatch } from './stopwatch.js';

/** A timer that fires later than this means that the process was frozen. */
const LATE_MS = 100;
/** After a freeze, timers run before sockets are read. A reply that waits in a socket gets this long to be read. */
const READ_GRACE_MS = 200;

/** Work was given up because it took too long. The work may have been done all the same. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** Whether a thrown value is a {@link DeadlineError}. Checks the name: the error may come from another copy of the package. */
export function isDeadlineError(error: unknown): error is DeadlineError {
  return error instanceof Error && error.name === 'DeadlineError';
}

/** Limits the time of work that may hang: aborts a signal when the time is over. Made by {@link Deadline.run}. */
export class Deadline {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly stopwatch: Stopwatch;
  private cancelTimer: () => void;

  /**
   * Starts work and limits its time. The work must obey the deadline, by `race()` or by its signal: `run()` settles when
   * the work settles, not earlier. Until then the timer keeps the process alive.
   *
   * @param subject begins the message of the {@link DeadlineError}: `A flush` took longer than 5 s.
   * @param parent a signal that aborts the deadline too.
   */
  static async run<T>(
    clock: Clock,
    subject: string,
    timeoutMs: number,
    work: (deadline: Deadline) => Promise<T>,
    parent?: AbortSignal,
  ): Promise<T> {
    const deadline = new Deadline(clock, subject, timeoutMs, parent);
    try {
      return await work(deadline);
    } finally {
      deadline.end();
    }
  }

  private constructor(
    private readonly clock: Clock,
    private readonly subject: string,
    private readonly timeoutMs: number,
    private readonly parent?: AbortSignal,
  ) {
    this.stopwatch = new Stopwatch(clock);
    this.signal = this.controller.signal;
    // Every chunk and callback of a flush listens. Node would warn of a leak at more than ten listeners.
    setMaxListeners(0, this.signal, ...(parent ? [parent] : []));
    this.cancelTimer = clock.after(timeoutMs, () => this.onTimeout());
    // AbortSignal.any() would leak: on Node 20 a parent that lives long remembers every signal that was made from it.
    parent?.addEventListener('abort', this.onParentAbort);
    if (parent?.aborted) {
      this.onParentAbort();
    }
  }

  private readonly onParentAbort = (): void => this.controller.abort(this.parent?.reason);

  private end(): void {
    this.cancelTimer();
    this.parent?.removeEventListener('abort', this.onParentAbort);
  }

  /** Milliseconds left, at least 1. */
  remainingMs(): number {
    return Math.max(1, Math.ceil(this.timeoutMs - this.stopwatch.elapsedMs()));
  }

  /** Waits for the promise until the deadline. A later result is ignored. */
  race<T>(promise: Promise<T>): Promise<T> {
    return abortable(promise, this.signal);
  }

  private onTimeout(): void {
    if (this.stopwatch.elapsedMs() < this.timeoutMs + LATE_MS) {
      this.abort();
    } else {
      this.cancelTimer = this.clock.after(READ_GRACE_MS, () => this.abort());
    }
  }

  private abort(): void {
    this.controller.abort(
      new DeadlineError(`${this.subject} took longer than ${this.timeoutMs / 1000} s.`),
    );
  }
}

/** Waits for the promise until the signal is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener('abort', abort, { once: true });
    void Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}
