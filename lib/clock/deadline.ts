import { setMaxListeners } from 'node:events';
import type { Clock } from './clock.js';
import { Stopwatch } from './stopwatch.js';

/** A timer this late means that the process was frozen. */
const LATE_MS = 100;
/** After a freeze timers run before the sockets are read: a reply that lies there gets this long to be read. */
const READ_GRACE_MS = 200;

/** Something was given up because it took too long. It has perhaps been done. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** Whether a thrown value is a {@link DeadlineError}, by its name: the signal may come from another copy of the package. */
export function isDeadlineError(error: unknown): error is DeadlineError {
  return error instanceof Error && error.name === 'DeadlineError';
}

/** A bound on time for work that may hang: its signal is aborted when the time is over. {@link Deadline.run} makes one. */
export class Deadline {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly stopwatch: Stopwatch;
  private cancelTimer: () => void;

  /**
   * Begins the work at once, and bounds its time. The work gets the deadline, and must heed it by `race()` or by its
   * signal: `run()` settles as the work does, and no sooner. Until then the timer keeps the process alive.
   *
   * @param what begins the message of the {@link DeadlineError}: `A flush` took longer than 5 s.
   * @param parent when it is aborted, so is the deadline.
   */
  static async run<T>(
    clock: Clock,
    what: string,
    timeoutMs: number,
    work: (deadline: Deadline) => Promise<T>,
    parent?: AbortSignal,
  ): Promise<T> {
    const deadline = new Deadline(clock, what, timeoutMs, parent);
    try {
      return await work(deadline);
    } finally {
      deadline.cancelTimer();
    }
  }

  private constructor(
    private readonly clock: Clock,
    private readonly what: string,
    private readonly timeoutMs: number,
    parent?: AbortSignal,
  ) {
    this.stopwatch = new Stopwatch(clock);
    this.signal = parent
      ? AbortSignal.any([parent, this.controller.signal])
      : this.controller.signal;
    // Every chunk and callback of a flush listens: Node would take more than ten listeners for a leak, and warn.
    setMaxListeners(0, this.signal);
    this.cancelTimer = clock.after(timeoutMs, () => this.timeIsOver());
  }

  /** Milliseconds left, at least 1. */
  remainingMs(): number {
    return Math.max(1, Math.ceil(this.timeoutMs - this.stopwatch.elapsedMs()));
  }

  /** Waits for the promise, but not beyond the deadline. What comes of it later is ignored. */
  race<T>(promise: Promise<T>): Promise<T> {
    return abortable(promise, this.signal);
  }

  private timeIsOver(): void {
    if (this.stopwatch.elapsedMs() < this.timeoutMs + LATE_MS) {
      this.abort();
    } else {
      this.cancelTimer = this.clock.after(READ_GRACE_MS, () => this.abort());
    }
  }

  private abort(): void {
    this.controller.abort(
      new DeadlineError(`${this.what} took longer than ${this.timeoutMs / 1000} s.`),
    );
  }
}

/** Waits for the promise, but no longer than until the signal is aborted. */
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
