import type { Effort } from '../bench-table.js';
import { cpuMs } from '../cpu-time.js';
import { alternated, type Measure } from '../rounds.js';

/** Something to record into. */
export interface Recorder {
  readonly cells: number;
  /** Records so often, cell by cell in turn. */
  record(times: number): void;
  /** How much it holds of what was recorded. */
  recorded(): number | Promise<number>;
}

const ROUNDS = { short: 7, long: 25 } as const;
const ROUND_MS = { short: 8, long: 20 } as const;
const WARM_UP_ROUNDS = 5;
const NS_PER_MS = 1e6;

/**
 * CPU nanoseconds a recording of each, in rounds.
 *
 * @throws Error when one of them does not hold what was recorded.
 */
export async function nanosecondsARecording<Name extends string>(
  recorders: Readonly<Record<Name, Recorder>>,
  effort: Effort,
): Promise<Record<Name, number[]>> {
  const entries = Object.entries<Recorder>(recorders);
  const timed = entries.map(([name, recorder]) => new Timed(name, recorder, ROUND_MS[effort]));
  const subjects = Object.fromEntries(timed.map(one => [one.name, one.measure])) as Record<
    Name,
    Measure
  >;
  await alternated(subjects, WARM_UP_ROUNDS);
  const measured = await alternated(subjects, ROUNDS[effort]);
  for (const one of timed) {
    await one.check();
  }
  return measured;
}

class Timed {
  private readonly times: number;
  private expected = 0;

  constructor(
    readonly name: string,
    private readonly recorder: Recorder,
    roundMs: number,
  ) {
    this.times = this.timesThatTake(roundMs);
  }

  readonly measure = (): number => (this.milliseconds(this.times) / this.times) * NS_PER_MS;

  async check(): Promise<void> {
    const recorded = await this.recorder.recorded();
    if (recorded !== this.expected) {
      throw new Error(`${this.name} holds ${recorded} of ${this.expected} recordings.`);
    }
  }

  /** Found by trying, which also warms it up and makes the cells. */
  private timesThatTake(roundMs: number): number {
    for (let times = Math.max(1000, this.recorder.cells); ; times *= 2) {
      const triedMs = [
        this.milliseconds(times),
        this.milliseconds(times),
        this.milliseconds(times),
      ];
      if (Math.min(...triedMs) >= roundMs / 2) {
        return times * 2;
      }
    }
  }

  private milliseconds(times: number): number {
    this.expected += times;
    const startMs = cpuMs();
    this.recorder.record(times);
    return cpuMs() - startMs;
  }
}
