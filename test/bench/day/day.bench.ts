import type { BenchTable, Row } from '../bench-table.js';
import { shareOfPeer } from '../rows.js';
import type { Operations } from '../task-numbers/counted-datastore.js';
import { DailyTraffic } from './daily-traffic.js';
import { luciOperations, type DayCosts } from './day-costs.js';
import { driveDay } from './driven-day.js';
import { expectDay } from './expected-day.js';
import { driveFleet } from './fleet-day.js';
import {
  DAYS_PER_MONTH,
  datastoreDollars,
  mebibytesPerMonth,
  monitoringDollars,
  prometheusDollars,
} from './prices.js';

const INSTANCES = { short: [1, 200], long: [1, 20, 200, 2_000] } as const;
/** More instances would take too long, request by request. */
const MOST_DRIVEN = 20;
export const REQUESTS_PER_SEC = 2;
/** What is asked for with twenty instances. */
const SHARE_OF_OPENTELEMETRY = 1 / 5;
/** A transaction is a lookup and a commit, and then the cells are sent. */
const LUCI_ROUND_TRIPS = 3;
const SECONDS_A_ROUND_TRIP = 0.05;

type Day = DayCosts & { readonly operations: Operations };

export const table: BenchTable = {
  title: 'a day of the sample service, with the default options, against what others would send',
  measure: async effort => {
    const rows: Row[] = [];
    for (const instances of INSTANCES[effort]) {
      rows.push(...(await measure(instances)));
    }
    return rows;
  },
};

async function measure(instances: number): Promise<Row[]> {
  const traffic = new DailyTraffic({ instances, requestsPerSec: REQUESTS_PER_SEC });
  const day =
    instances <= MOST_DRIVEN
      ? await driveDay(traffic)
      : { ...expectDay(traffic), operations: await driveFleet(traffic) };
  return [
    ...monitoringRows(instances, day),
    datastoreRow(instances, day, luciOperations(traffic, day.ours.flushes)),
    requestsRow(instances, day),
  ];
}

function monitoringRows(instances: number, day: Day): Row[] {
  const { ours, luciBytes, openTelemetryBytes, prometheusSamples } = day;
  const bytesRow = (peer: string, peerBytes: number, bounds: Partial<Row> = {}): Row => ({
    ...shareOfPeer({
      what: `${count(instances)}, monitoring`,
      unit: 'MiB a month',
      ours: [mebibytesPerMonth(ours.bytes)],
      peer,
      peerValues: [mebibytesPerMonth(peerBytes)],
      note: `$${shown(monitoringDollars(ours.bytes))} against $${shown(monitoringDollars(peerBytes))}`,
    }),
    ...bounds,
  });
  // OpenTelemetry is matched where no route is quiet, and its share is far from what was asked for.
  const asked = instances === 20 ? { target: SHARE_OF_OPENTELEMETRY, alarm: 1 } : {};
  return [
    bytesRow('OpenTelemetry', openTelemetryBytes, asked),
    bytesRow('LUCI', luciBytes, { target: 1 }),
    shareOfPeer({
      what: `${count(instances)}, monitoring by samples`,
      unit: 'million samples a month',
      ours: [perMonth(ours.samples) / 1e6],
      peer: 'prom-client and the sidecar',
      peerValues: [perMonth(prometheusSamples) / 1e6],
      note: `$${shown(prometheusDollars(ours.samples))} by OTLP against $${shown(prometheusDollars(prometheusSamples))}`,
    }),
  ];
}

function datastoreRow(
  instances: number,
  { operations }: Day,
  luci: Omit<Operations, 'calls'>,
): Row {
  return shareOfPeer({
    what: `${count(instances)}, Datastore`,
    unit: '$ a month',
    ours: [datastoreDollars(operations)],
    peer: 'LUCI',
    peerValues: [datastoreDollars(luci)],
    target: 1,
    note: `a day: ${operationsText(operations)}; LUCI ${operationsText(luci)}`,
  });
}

function requestsRow(instances: number, { ours, requests }: Day): Row {
  const luci = ours.flushes * LUCI_ROUND_TRIPS;
  return shareOfPeer({
    what: `${count(instances)}, calls that requests wait for`,
    unit: 'calls a day',
    ours: [ours.roundTrips],
    peer: 'LUCI',
    peerValues: [luci],
    note: [
      `with ${SECONDS_A_ROUND_TRIP * 1000} ms a call ${shown(ours.roundTrips * SECONDS_A_ROUND_TRIP)} s`,
      `LUCI ${shown(luci * SECONDS_A_ROUND_TRIP)} s`,
      `${shown(ours.flushes)} of ${shown(requests)} requests flush`,
    ].join('; '),
  });
}

function perMonth(perDay: number): number {
  return perDay * DAYS_PER_MONTH;
}

function count(instances: number): string {
  return instances === 1 ? '1 instance' : `${shown(instances)} instances`;
}

function operationsText({ reads, writes, deletes }: Omit<Operations, 'calls'>): string {
  return `${shown(reads)} reads, ${shown(writes)} writes, ${shown(deletes)} deletes`;
}

function shown(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 });
}
