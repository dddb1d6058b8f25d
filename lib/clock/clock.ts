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
   * Calls back once after `delayMs` milliseconds, unless the returned function is called before. The
   * timer does not keep the process alive.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/**
 * The clock of the machine.
 *
 * @publicApi
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
