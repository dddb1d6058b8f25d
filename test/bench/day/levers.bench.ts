import { Bucketer } from '../../../lib/metrics/bucketer.js';
import type { BenchTable, Row } from '../bench-table.js';
import { shareOfPeer } from '../rows.js';
import { DailyTraffic } from './daily-traffic.js';
import { REQUESTS_PER_SEC } from './day.bench.js';
import type { DayCosts } from './day-costs.js';
import { driveDay } from './driven-day.js';
import {
  DAYS_PER_MONTH,
  mebibytesPerMonth,
  monitoringDollars,
  prometheusDollars,
} from './prices.js';
import type { ShopOptions } from './shop-instance.js';

const INSTANCES = { short: 1, long: 20 } as const;

const DURATIONS_ONLY = { metrics: { requestBytes: false, responseBytes: false } } as const;

/** One change of the options, as the documents write it. */
const LEVERS: readonly (readonly [string, ShopOptions])[] = [
  ['flush.quietSec: 0', { flush: { quietSec: 0 } }],
  ['flush.quietSec: 270', { flush: { quietSec: 270 } }],
  ['flush.intervalSec: 120', { flush: { intervalSec: 120 } }],
  ['flush.intervalSec: 300', { flush: { intervalSec: 300 } }],
  ['http.metrics without requestBytes, responseBytes', { http: DURATIONS_ONLY }],
  ['http.metrics without all four', { http: { metrics: nothing() } }],
  ['runtimeStats: false', { runtimeStats: false }],
  [
    'http.fields with a tenant, one of five',
    { http: { fields: { tenant: 'string' }, fieldValues: () => ({}) } },
  ],
  [
    'http.bucketers with twice as many bounds',
    { http: { bucketers: { durations: Bucketer.geometric(10 ** 0.1, 68, 0.1) } } },
  ],
  [
    'flush.intervalSec: 240, http.metrics without requestBytes, responseBytes',
    { flush: { intervalSec: 240 }, http: DURATIONS_ONLY },
  ],
];

/** Less traffic than in the other rows, in requests a second to an instance. */
const LESS_TRAFFIC = [0.2, 0.02];

export const table: BenchTable = {
  title: 'a day of the sample service, with one option changed',
  measure: async effort => {
    const live = (requestsPerSec: number, options?: ShopOptions): Promise<DayCosts> =>
      driveDay(new DailyTraffic({ instances: INSTANCES[effort], requestsPerSec }), options);
    const defaults = await live(REQUESTS_PER_SEC);
    const rows = [row('defaults', defaults, 'OpenTelemetry', defaults.openTelemetryBytes)];
    for (const [what, options] of LEVERS) {
      const day = await live(REQUESTS_PER_SEC, options);
      rows.push(row(what, day, 'defaults', defaults.ours.bytes));
    }
    for (const requestsPerSec of LESS_TRAFFIC) {
      const day = await live(requestsPerSec);
      const what = `defaults, at most ${requestsPerSec * 60} requests a minute and instance`;
      rows.push(row(what, day, 'OpenTelemetry', day.openTelemetryBytes));
    }
    return rows;
  },
};

function row(what: string, { ours }: DayCosts, peer: string, peerBytes: number): Row {
  const millions = (ours.samples * DAYS_PER_MONTH) / 1e6;
  return shareOfPeer({
    what,
    unit: 'MiB a month',
    ours: [mebibytesPerMonth(ours.bytes)],
    peer,
    peerValues: [mebibytesPerMonth(peerBytes)],
    note: [
      `$${monitoringDollars(ours.bytes).toFixed(0)}`,
      `by OTLP ${millions.toFixed(0)} million samples, $${prometheusDollars(ours.samples).toFixed(2)}`,
    ].join('; '),
  });
}

function nothing(): NonNullable<NonNullable<ShopOptions['http']>['metrics']> {
  return { durations: false, status: false, requestBytes: false, responseBytes: false };
}
