import { TimeSlice } from './time-slice.js';

/**
 * Lets work that blocks the event loop run one after the other, and other work of the process in between. Several
 * that paused each for itself would go on all at once.
 */
export class Turns {
  private readonly slice = new TimeSlice();
  private last: Promise<unknown> = Promise.resolve();

  /** @param work may use the slice to pause. */
  take<T>(work: (slice: TimeSlice) => T | Promise<T>, signal: AbortSignal): Promise<T> {
    const turn = this.last.then(async () => {
      signal.throwIfAborted();
      if (this.slice.isOver) {
        await this.slice.next();
        signal.throwIfAborted();
      }
      return work(this.slice);
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
