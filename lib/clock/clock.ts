import { performance } from 'node:perf_hooks';

/**
 * Gives this library the time. The default is the clock of the machine; tests pass a clock that they move by hand.
 *
 * @publicApi
 */
export interface Clock {
  /** Wall time in milliseconds since the epoch. It may jump, forwards and backwards. */
  now(): number;
  /** Milliseconds since an arbitrary origin. It never goes back, but may stand still while a process is frozen. */
  monotonicNow(): number;
  /**
   * Calls `callback` once after `delayMs` milliseconds. The timer keeps the process alive, so that a promise which waits
   * for it settles; with `unref` it does not.
   *
   * @returns a function that cancels the timer.
   */
  after(
    delayMs: number,
    callback: () => void,
    options?: { readonly unref?: boolean | undefined },
  ): () => void;
}

/** Whether it has the methods of a {@link Clock}. */
export function isClock(value: unknown): value is Clock {
  const { now, monotonicNow, after } = (value ?? {}) as Partial<Clock>;
  return [now, monotonicNow, after].every(method => typeof method === 'function');
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  after: (delayMs, callback, options) => {
    const timer = setTimeout(callback, delayMs);
    if (options?.unref) {
      timer.unref();
    }
    return () => clearTimeout(timer);
  },
};
