import { SeededRandom } from '../../support/seeded-random.js';

export const MINUTES_PER_DAY = 24 * 60;

/** The quietest hour of the day is three at night, the busiest three in the afternoon. */
const QUIETEST_HOUR = 3;
/** At night a twentieth of the traffic of the afternoon comes. */
const NIGHT_SHARE = 0.05;
/** Makes the night long and the afternoon short, as in services whose users live in one part of the world. */
const SHARPNESS = 1.5;
const NOISE = 0.1;
const NOISE_MINUTES = 5;
/** A platform keeps an instance that nobody needs for about a quarter of an hour. */
const IDLE_MINUTES = 15;

/** How much traffic there is. */
export interface Traffic {
  /** The number of instances in the busiest minute. */
  readonly instances: number;
  /** Requests a second that one instance serves before the platform starts another one. */
  readonly requestsPerSec: number;
}

/** A day on which instances start and stop with the traffic, the same in every run. */
export class DailyTraffic {
  private readonly loads: readonly number[];
  private readonly alive: readonly number[];

  constructor(
    readonly traffic: Traffic,
    minutes = MINUTES_PER_DAY,
  ) {
    const noise = noiseOf(new SeededRandom(7));
    this.loads = Array.from({ length: minutes }, (_, minute) => loadAt(minute) * noise[minute]!);
    const needed = this.loads.map(load => Math.ceil(load * traffic.instances));
    this.alive = needed.map((_, minute) =>
      Math.max(1, ...needed.slice(Math.max(0, minute - IDLE_MINUTES), minute + 1)),
    );
  }

  get minutes(): number {
    return this.alive.length;
  }

  /** The number of instances that live in a minute. The last one that started stops first. */
  instancesIn(minute: number): number {
    return this.alive[minute] ?? 0;
  }

  /** Requests a second to each of them. */
  requestsPerSecIn(minute: number): number {
    const { instances, requestsPerSec } = this.traffic;
    return (this.loads[minute]! * instances * requestsPerSec) / this.alive[minute]!;
  }

  /** The lives of all instances: their first minute, and the minute after their last one. */
  *lives(): Generator<{ readonly start: number; readonly end: number }> {
    const starts: number[] = [];
    for (let minute = 0; minute <= this.minutes; minute++) {
      const alive = this.instancesIn(minute);
      while (starts.length < alive) {
        starts.push(minute);
      }
      while (starts.length > alive) {
        yield { start: starts.pop()!, end: minute };
      }
    }
  }
}

/** From `NIGHT_SHARE` to 1. */
function loadAt(minute: number): number {
  const turn = (minute / 60 - QUIETEST_HOUR) / 24;
  const wave = (1 - Math.cos(2 * Math.PI * turn)) / 2;
  return NIGHT_SHARE + (1 - NIGHT_SHARE) * wave ** SHARPNESS;
}

/** Factors around 1 that wander from one value to the next. */
function noiseOf(random: SeededRandom): number[] {
  const noise: number[] = [];
  let from = 1;
  while (noise.length < MINUTES_PER_DAY) {
    const to = 1 - NOISE * random.next();
    for (let i = 0; i < NOISE_MINUTES; i++) {
      noise.push(from + ((to - from) * i) / NOISE_MINUTES);
    }
    from = to;
  }
  return noise;
}
