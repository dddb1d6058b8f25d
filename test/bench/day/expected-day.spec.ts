import { describe, expect, it } from 'vitest';
import { cellShares } from './cell-shares.js';
import { DailyTraffic, type Traffic } from './daily-traffic.js';
import { luciOperations, type DayCosts } from './day-costs.js';
import { driveDay } from './driven-day.js';
import { expectDay } from './expected-day.js';
import { driveFleet } from './fleet-day.js';
import { datastoreDollars, monitoringDollars, prometheusDollars } from './prices.js';

const FLEET: Traffic = { instances: 20, requestsPerSec: 2 };
const DURATIONS_ONLY = { metrics: { requestBytes: false, responseBytes: false } } as const;
const TOLERANCE = 0.05;
const TIMEOUT_MS = 120_000;

/** What a day was driven for, by what was computed of it. */
function ratios(driven: DayCosts, expected: DayCosts): Record<string, number> {
  return {
    flushes: expected.ours.flushes / driven.ours.flushes,
    bytes: expected.ours.bytes / driven.ours.bytes,
    samples: expected.ours.samples / driven.ours.samples,
    roundTrips: expected.ours.roundTrips / driven.ours.roundTrips,
    luciBytes: expected.luciBytes / driven.luciBytes,
    openTelemetryBytes: expected.openTelemetryBytes / driven.openTelemetryBytes,
    prometheusSamples: expected.prometheusSamples / driven.prometheusSamples,
  };
}

describe('a computed day', () => {
  it.each<Traffic>([
    { instances: 1, requestsPerSec: 2 },
    { instances: 20, requestsPerSec: 0.3 },
  ])(
    'of $instances instances with $requestsPerSec requests a second sends what a driven one sends',
    { timeout: TIMEOUT_MS },
    async traffic => {
      const day = new DailyTraffic(traffic);
      const off = Object.entries(ratios(await driveDay(day), expectDay(day))).filter(
        ([, ratio]) => Math.abs(ratio - 1) > TOLERANCE,
      );
      expect(off).toEqual([]);
    },
  );

  it('asks as much of Datastore as a driven one', { timeout: TIMEOUT_MS }, async () => {
    const day = new DailyTraffic({ instances: 20, requestsPerSec: 0.1 });
    const [driven, fleet] = [await driveDay(day), await driveFleet(day)];
    const ratio = datastoreDollars(fleet) / datastoreDollars(driven.operations);
    expect(Math.abs(ratio - 1)).toBeLessThan(TOLERANCE);
    expect(fleet.deletes).toBe(driven.operations.deletes);
  });
});

describe('a day of the sample service', () => {
  it('of one instance with global metrics costs at most the Datastore price of LUCI', async () => {
    const day = new DailyTraffic({ instances: 1, requestsPerSec: 2 });
    const luci = luciOperations(day, expectDay(day).ours.flushes);
    expect(datastoreDollars(await driveFleet(day))).toBeLessThanOrEqual(datastoreDollars(luci));
  });

  it('of twenty instances costs less by default than with OpenTelemetry, also where all is busy', () => {
    const { ours, openTelemetryBytes } = expectDay(new DailyTraffic(FLEET));
    expect(ours.bytes / openTelemetryBytes).toBeLessThan(0.95);
  });

  it('of twenty instances with few requests sends a third of the bytes of OpenTelemetry', () => {
    const { ours, openTelemetryBytes } = expectDay(
      new DailyTraffic({ instances: 20, requestsPerSec: 0.02 }),
    );
    expect(ours.bytes / openTelemetryBytes).toBeLessThan(0.35);
  });

  it('of twenty instances sends a fifth of the bytes of OpenTelemetry by two options', () => {
    const day = new DailyTraffic(FLEET);
    const { ours } = expectDay(day, { flush: { intervalSec: 240 }, http: DURATIONS_ONLY });
    expect(ours.bytes / expectDay(day).openTelemetryBytes).toBeLessThanOrEqual(1 / 5);
  });

  it('of twenty instances costs a fiftieth of OpenTelemetry by OTLP to Managed Service for Prometheus', () => {
    const { ours, openTelemetryBytes } = expectDay(new DailyTraffic(FLEET));
    const dollars = prometheusDollars(ours.samples);
    expect(dollars / monitoringDollars(openTelemetryBytes)).toBeLessThan(1 / 50);
  });
});

describe('with a flush each minute', () => {
  it('no rule that keeps distributions younger than five minutes sends a fifth of all bytes', () => {
    const cells = cellShares();
    const bytes = (canBeQuiet: boolean): number =>
      cells
        .filter(cell => cell.canBeQuiet === canBeQuiet)
        .reduce((sum, cell) => sum + cell.bytes, 0);
    const fewest = bytes(false) + bytes(true) / 5;
    expect(fewest / (bytes(false) + bytes(true))).toBeGreaterThan(1 / 5);
  });
});
