import type { Clock } from './clock.js';

/** Something was given up because it took too long. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** A bound on time for work that may hang: its signal is aborted when the time is over. */
export class Deadline {
  readonly signal: AbortSignal;
  private readonly cancelTimer: () => void;

  /** @param parent when it is aborted, so is this deadline. */
  constructor(clock: Clock, what: string, timeoutMs: number, parent?: AbortSignal) {
    const controller = new AbortController();
    this.cancelTimer = clock.after(timeoutMs, () =>
      controller.abort(new DeadlineError(`${what} took longer than ${timeoutMs / 1000} s.`)),
    );
    this.signal = parent ? AbortSignal.any([parent, controller.signal]) : controller.signal;
  }

  /** Waits for the promise, but not beyond the deadline. What comes of it later is ignored. */
  race<T>(promise: Promise<T>): Promise<T> {
    return abortable(promise, this.signal);
  }

  /** The work is done: the time no longer matters. */
  clear(): void {
    this.cancelTimer();
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
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
