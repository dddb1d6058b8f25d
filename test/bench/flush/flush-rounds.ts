import { cpuMs } from '../cpu-time.js';
import type { Kind } from '../our-metrics.js';
import type { Measure } from '../rounds.js';
import { SAMPLES_PER_CELL } from '../workload.js';
import { collectGarbage } from './collect-garbage.js';
import { timed } from './timed-flush.js';

/** Cells that can be changed and exported. */
export interface Flushed {
  /** Adds so often to every cell. */
  record(times: number): void;
  /** Hands out all cells as they are to be encoded. */
  flush(): Promise<void>;
  /** How much was recorded. */
  recorded(): number | Promise<number>;
}

/** Times flushes, before each of which every cell is changed. */
export class FlushRounds {
  /** The longest block of the event loop in each flush. */
  readonly blocksMs: number[] = [];
  private expected = 0;

  /**
   * @param flushesARound more than one where a single one is too short to be timed.
   * @param prepare what to do before each flush, after recording.
   */
  constructor(
    private readonly flushed: Flushed,
    kind: Kind,
    private readonly cells: number,
    private readonly flushesARound = 1,
    private readonly prepare: () => void = () => {},
  ) {
    if (kind === 'distributions') {
      this.record(SAMPLES_PER_CELL - 1);
    }
  }

  /** CPU milliseconds a flush. */
  readonly measure: Measure = async () => {
    let sumMs = 0;
    await collectGarbage();
    for (let i = 0; i < this.flushesARound; i++) {
      this.record(1);
      this.prepare();
      const measured = await timed(() => this.flushed.flush());
      this.blocksMs.push(measured.blockMs);
      sumMs += measured.cpuMs;
    }
    return sumMs / this.flushesARound;
  };

  /** The same for one flush, without a watch on the event loop: it would spend the time in which a server works. */
  readonly measureUnwatched: Measure = async () => {
    await collectGarbage();
    this.record(1);
    const startMs = cpuMs();
    await this.flushed.flush();
    return cpuMs() - startMs;
  };

  /** @throws Error unless all is there that was recorded. */
  async check(): Promise<void> {
    const recorded = await this.flushed.recorded();
    if (recorded !== this.expected) {
      const name = this.flushed.constructor.name;
      throw new Error(`${name} holds ${recorded} of ${this.expected} recordings.`);
    }
  }

  private record(times: number): void {
    this.flushed.record(times);
    this.expected += times * this.cells;
  }
}
