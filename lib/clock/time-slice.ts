import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 3;

/** How long to work before other work of the process gets its turn. */
export class TimeSlice {
  private endMs = performance.now() + SLICE_MS;

  /** True when it is time to call `next`. Cheap enough to ask for every cell. */
  get isOver(): boolean {
    return performance.now() >= this.endMs;
  }

  /** Lets other work go first, then starts another slice. */
  async next(): Promise<void> {
    await setImmediate();
    this.endMs = performance.now() + SLICE_MS;
  }
}
