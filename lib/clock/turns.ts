import { TimeSlice } from './time-slice.js';

/**
 * A queue for work that blocks the event loop: runs one piece at a time and lets other work of the process run in
 * between. If several pieces paused independently, all of them would continue in the same turn of the event loop.
 */
export class Turns {
  private readonly slice = new TimeSlice();
  private last: Promise<unknown> = Promise.resolve();

  /** @param work may pause by the slice. */
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
