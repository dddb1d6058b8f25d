import { TimeSlice } from './time-slice.js';

/**
 * Work that blocks the event loop pauses when the slice is over. All work of a queue shares one slice: with slices of its own, all
 * would continue in the same turn of the event loop.
 */
type Work<T> = (slice: TimeSlice) => T | Promise<T>;

/** A queue for work: runs a limited number of pieces at a time, and the rest waits. */
export class WorkQueue {
  private readonly waiting: (() => void)[] = [];
  private readonly slice = new TimeSlice();

  /** @param free how much work may run at a time. */
  constructor(private free = 1) {}

  /** Whether work that is handed over now would have to wait. */
  get isBusy(): boolean {
    return this.free === 0;
  }

  /**
   * Runs the work at its turn, or at once when nothing is in front of it.
   *
   * @throws the reason of the signal when the signal is aborted before the turn.
   */
  run<T>(work: Work<T>, signal?: AbortSignal): Promise<T> {
    return this.enqueue(work, begin => this.waiting.push(begin), signal);
  }

  /** Runs the work before everything else that waits. */
  runNext<T>(work: Work<T>): Promise<T> {
    return this.enqueue(work, begin => this.waiting.unshift(begin));
  }

  /** Waits for all work that was handed over before. */
  idle(): Promise<void> {
    return this.run(() => undefined);
  }

  private async enqueue<T>(
    work: Work<T>,
    wait: (begin: () => void) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    if (this.isBusy) {
      await new Promise<void>(wait);
    } else {
      this.free -= 1;
    }
    try {
      signal?.throwIfAborted();
      return await work(this.slice);
    } finally {
      this.pass();
    }
  }

  /** Hands the turn directly to the next waiting piece, so that no other piece takes it in between. */
  private pass(): void {
    const begin = this.waiting.shift();
    if (begin) {
      begin();
    } else {
      this.free += 1;
    }
  }
}
