import { cpuMs } from '../cpu-time.js';

/** What a piece of work took. */
export interface Timed {
  readonly cpuMs: number;
  /** For how long at most, on the clock on the wall, nothing else got its turn. */
  readonly blockMs: number;
}

/** Times asynchronous work, and watches the event loop meanwhile. */
export async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const watch = new LoopWatch();
  const startMs = cpuMs();
  await work();
  return { cpuMs: cpuMs() - startMs, blockMs: watch.stop() };
}

/** Comes to its turn in every round of the event loop, and notes the longest time in between. */
class LoopWatch {
  private lastMs = performance.now();
  private longestMs = 0;
  private next = setImmediate(() => this.turn());

  stop(): number {
    clearImmediate(this.next);
    this.note();
    return this.longestMs;
  }

  private turn(): void {
    this.note();
    this.next = setImmediate(() => this.turn());
  }

  private note(): void {
    const nowMs = performance.now();
    this.longestMs = Math.max(this.longestMs, nowMs - this.lastMs);
    this.lastMs = nowMs;
  }
}
