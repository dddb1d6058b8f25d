import { cellShares, type CellShare } from './cell-shares.js';
import type { DailyTraffic } from './daily-traffic.js';
import type { DayCosts } from './day-costs.js';
import { flushSettings, type ShopOptions } from './shop-instance.js';
import { GLOBAL_CELLS } from './shop-metrics.js';

const SCALAR_BYTES = 8;
const SCRAPES_A_MINUTE = 2;
/** A request that comes slightly too early is elected all the same. */
const TOLERANCE_SEC = 0.1;
const HEARTBEAT_MINUTES = 5;
/** What the library sends of its own flushes: three counters, and a distribution that each flush changes. */
const OWN_CELLS = { counters: 3, distributionBytes: 80, samples: 3 + 3 } as const;

/**
 * Computes what {@link driveDay} counts, in the mean and without living through each request: for days that would take too
 * long. Requests come at random, so the time between two flushes is the interval and the time until the next request.
 */
export function expectDay(traffic: DailyTraffic, options: ShopOptions = {}): DayCosts {
  return new ExpectedDay(traffic, options).costs();
}

/** What one instance sends in one minute. */
interface Rates {
  flushes: number;
  bytes: number;
  samples: number;
  everyBytes: number;
  everySamples: number;
}

class ExpectedDay {
  private readonly cells: readonly CellShare[];
  private readonly intervalSec: number;
  private readonly quietSec: number;
  private readonly minutesFrom = new Map<number, readonly Rates[]>();

  constructor(
    private readonly traffic: DailyTraffic,
    options: ShopOptions,
  ) {
    const { intervalSec, quietSec } = flushSettings(options);
    this.cells = cellShares(options);
    this.intervalSec = intervalSec - TOLERANCE_SEC;
    this.quietSec = quietSec - intervalSec;
  }

  costs(): DayCosts {
    const { traffic } = this;
    const ours = { flushes: 0, bytes: 0, samples: 0, bytesOfEveryCell: 0, roundTrips: 0 };
    let instanceMinutes = 0;
    let openTelemetryBytes = 0;
    let prometheusSamples = 0;
    for (const { start, end } of traffic.lives()) {
      const rates = this.ratesFrom(start);
      instanceMinutes += end - start;
      for (let i = 0; i < end - start; i++) {
        const { flushes, bytes, samples, everyBytes, everySamples } = rates[i]!;
        // In its first minute an instance waits for its number.
        const sent = i === 0 ? 0 : flushes;
        ours.flushes += sent;
        ours.bytes += sent * bytes;
        ours.samples += sent * samples;
        ours.bytesOfEveryCell += sent * everyBytes;
        ours.roundTrips += sent;
        openTelemetryBytes += everyBytes + GLOBAL_CELLS * SCALAR_BYTES;
        prometheusSamples += SCRAPES_A_MINUTE * (everySamples + GLOBAL_CELLS);
      }
      ours.roundTrips += (end - start) / HEARTBEAT_MINUTES;
      const last = end < traffic.minutes ? rates[end - start - 1] : undefined;
      openTelemetryBytes += last ? last.everyBytes + GLOBAL_CELLS * SCALAR_BYTES : 0;
    }
    const globalBytes = traffic.minutes * GLOBAL_CELLS * SCALAR_BYTES;
    ours.bytes += globalBytes;
    ours.samples += traffic.minutes * GLOBAL_CELLS;
    ours.bytesOfEveryCell += globalBytes;
    const requests = this.requests();
    return {
      requests,
      instanceMinutes,
      ours,
      luciBytes: ours.bytesOfEveryCell,
      openTelemetryBytes,
      prometheusSamples,
    };
  }

  private requests(): number {
    let requests = 0;
    for (let minute = 0; minute < this.traffic.minutes; minute++) {
      requests += 60 * this.traffic.requestsPerSecIn(minute) * this.traffic.instancesIn(minute);
    }
    return requests;
  }

  /** What an instance that starts in a minute sends in each minute until the end of the day. */
  private ratesFrom(start: number): readonly Rates[] {
    let rates = this.minutesFrom.get(start);
    if (!rates) {
      let served = 0;
      rates = Array.from({ length: this.traffic.minutes - start }, (_, i) => {
        const perSec = this.traffic.requestsPerSecIn(start + i);
        served += 60 * perSec;
        return this.ratesOf(perSec, served);
      });
      this.minutesFrom.set(start, rates);
    }
    return rates;
  }

  /**
   * @param perSec requests a second.
   * @param served requests since the start: a cell exists when one of them has recorded in it.
   */
  private ratesOf(perSec: number, served: number): Rates {
    const gapSec = this.intervalSec + 1 / perSec;
    const rates: Rates = {
      flushes: 60 / gapSec,
      bytes: OWN_CELLS.counters * SCALAR_BYTES + OWN_CELLS.distributionBytes,
      samples: OWN_CELLS.samples,
      everyBytes: 0,
      everySamples: 0,
    };
    const staysQuiet = this.staysQuietAfter(perSec);
    for (const { bytes, samples, canBeQuiet, share } of this.cells) {
      const exists = 1 - Math.exp(-share * served);
      const points = canBeQuiet
        ? pointsPerFlush(1 - Math.exp(-share * perSec * gapSec), staysQuiet)
        : 1;
      rates.bytes += exists * points * bytes;
      rates.samples += exists * points * samples;
      rates.everyBytes += exists * bytes;
      rates.everySamples += exists * samples;
    }
    return rates;
  }

  /** The probabilities that an unchanged cell may be left out of the first flush after it was sent, the second, and so on. */
  private staysQuietAfter(perSec: number): number[] {
    const probabilities: number[] = [];
    for (let flush = 1; flush * this.intervalSec <= this.quietSec; flush++) {
      const spareSec = this.quietSec - flush * this.intervalSec;
      probabilities.push(probabilityOfSoMany(flush, perSec * spareSec));
    }
    return probabilities;
  }
}

/**
 * How often a distribution is sent with a flush, in the mean. From one point to the next there are as many flushes as pass
 * without a change, and not more than it may stay quiet.
 *
 * @param changes the probability that it changes between two flushes.
 */
function pointsPerFlush(changes: number, staysQuiet: readonly number[]): number {
  let flushes = 1;
  let unchanged = 1;
  for (const probability of staysQuiet) {
    unchanged *= 1 - changes;
    flushes += unchanged * probability;
  }
  return 1 / flushes;
}

/** The probability that at least so many requests come in a time in which `mean` come in the mean. */
function probabilityOfSoMany(requests: number, mean: number): number {
  let term = Math.exp(-mean);
  let fewer = 0;
  for (let i = 0; i < requests; i++) {
    fewer += term;
    term *= mean / (i + 1);
  }
  return 1 - fewer;
}
