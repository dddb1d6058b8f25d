import { performance } from 'node:perf_hooks';

/**
 * The time as this library sees it. The default is {@link systemClock}; tests pass a manual one.
 *
 * @publicApi
 */
export interface Clock {
  /** Wall time in milliseconds since the epoch. It may jump, also backwards. */
  now(): number;
  /** Milliseconds from an arbitrary origin. It never goes back, and may stand still while a process is frozen. */
  monotonicNow(): number;
  /**
   * Calls back once after `delayMs` milliseconds, unless the returned function is called before. The timer keeps the
   * process alive, so that a promise which waits for it settles; with `unref` it does not.
   */
  after(delayMs: number, callback: () => void, options?: TimerOptions): () => void;
}

/**
 * How a timer of a {@link Clock} behaves.
 *
 * @publicApi
 */
export interface TimerOptions {
  /**
   * True for a timer that only wakes the library for work of its own, such as the next flush, and for which nobody
   * waits: the process may end before it fires.
   *
   * @default false
   */
  readonly unref?: boolean | undefined;
}

/**
 * The clock of the machine.
 *
 * @publicApi
 */
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
