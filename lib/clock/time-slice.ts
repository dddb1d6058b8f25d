import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 3;

/** The time that long work may take before it must let other work of the process run. */
export class TimeSlice {
  private endMs = performance.now() + SLICE_MS;

  /** True when it is time to call `next()`. Cheap enough to check for every cell. */
  get isOver(): boolean {
    return performance.now() >= this.endMs;
  }

  /** Lets other work run, then starts a new slice. */
  async next(): Promise<void> {
    await setImmediate();
    this.endMs = performance.now() + SLICE_MS;
  }
}
