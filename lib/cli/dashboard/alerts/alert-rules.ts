import { durationIn, isUnits } from '../../../metrics/units.js';
import type { LibraryMetrics } from '../library-metrics.js';
import { PromqlWriter } from '../promql/queries.js';
import type { SeriesNames } from '../promql/series-names.js';

/** What the alerts watch. */
export interface AlertSettings {
  /** The 95th percentile that requests may take, in milliseconds. */
  readonly latencyMs: number;
  /** The share of requests that must not fail, from 0 to 1. */
  readonly objective: number;
  /** The platform that counts requests itself. Undefined if there is none. */
  readonly platform: RequestCounter | undefined;
}

/** An alert. */
export interface AlertRule {
  /** The name of the alert in Prometheus. */
  readonly name: string;
  readonly title: string;
  /** The query in PromQL. The alert fires when it has a result. */
  readonly query: string;
  /** How long the query must have a result, in seconds. */
  readonly forSec: number;
  readonly severity: 'CRITICAL' | 'WARNING';
  /** What it means and where to look. */
  readonly text: string;
}

/** Platforms that count requests themselves, and the metric and label by which they do. The label has the name of the job. */
const REQUEST_COUNTERS = {
  'cloud-run': {
    series: 'run_googleapis_com:request_count',
    matchers: ['monitored_resource="cloud_run_revision"'],
    jobLabel: 'service_name',
  },
  'app-engine': {
    series: 'appengine_googleapis_com:http_server_response_count',
    matchers: ['monitored_resource="gae_app"'],
    jobLabel: 'module_id',
  },
} as const;

type RequestCounter = keyof typeof REQUEST_COUNTERS;

export const REQUEST_COUNTER_NAMES = Object.keys(REQUEST_COUNTERS) as RequestCounter[];

const TROUBLESHOOTING =
  'https://github.com/nestjs-tsmon/nestjs-tsmon/blob/main/docs/troubleshooting.md';
/** Of a budget for 30 days, 14.4 times the allowed rate uses 2 % in an hour, and 6 times the allowed rate 5 % in six hours. */
const BURN_RATES = [
  { factor: 14.4, long: '1h', short: '10m', severity: 'CRITICAL', speed: 'Fast' },
  { factor: 6, long: '6h', short: '30m', severity: 'WARNING', speed: 'Slow' },
] as const;
const MOST_FAILED_FLUSHES = 0.2;
const MOST_WITHOUT_NUMBER = 0.2;
/** Longer than the silence of an instance with few requests. */
const WINDOW = '15m';

/**
 * Makes the alerts.
 *
 * @param job the job that is watched. Undefined for all.
 */
export function alertRules(
  metrics: LibraryMetrics,
  names: SeriesNames,
  settings: AlertSettings,
  job: string | undefined,
): AlertRule[] {
  const targets = names.targetLabels
    .filter(({ value }) => value !== undefined)
    .map(
      ({ label, value, isPattern }) => `${label}${isPattern ? '=~' : '='}${JSON.stringify(value)}`,
    );
  const writer = (window: string): PromqlWriter => new PromqlWriter(names, targets, window);
  return [
    notExported(metrics, writer(WINDOW), settings.platform, job),
    shareOfFlushes(metrics, writer(WINDOW), 'failed', MOST_FAILED_FLUSHES, {
      name: 'TsmonFlushesFail',
      title: 'Flushes of metrics fail',
      severity: 'WARNING',
      text: `More than ${MOST_FAILED_FLUSHES * 100} % of the flushes fail. The log has the reason. Nothing is lost unless the instance ends.`,
    }),
    shareOfFlushes(metrics, writer(WINDOW), 'no-task-number', MOST_WITHOUT_NUMBER, {
      name: 'TsmonNoTaskNumber',
      title: 'Instances wait for a task number',
      severity: 'WARNING',
      text: 'Housekeeping assigns no numbers, or too late. See whether its cron runs and may call the route.',
    }),
    slow(metrics, names, writer(WINDOW), settings.latencyMs),
    ...BURN_RATES.map(rate => burn(metrics, writer, rate, 1 - settings.objective)),
  ];
}

function notExported(
  metrics: LibraryMetrics,
  writer: PromqlWriter,
  platform: RequestCounter | undefined,
  job: string | undefined,
): AlertRule {
  const flushes = metrics('tsmon/flush/count');
  const common = {
    name: 'TsmonNotExported',
    title: 'Metrics are not exported',
    forSec: 600,
    severity: 'CRITICAL',
    text: `No flush has arrived for ${WINDOW}. The log of the instances has the reason: ${TROUBLESHOOTING}`,
  } as const;
  if (platform === undefined) {
    return { ...common, query: `absent_over_time(${writer.series(flushes)}[${WINDOW}])` };
  }
  const { series, matchers, jobLabel } = REQUEST_COUNTERS[platform];
  const all = [...matchers, ...(job === undefined ? [] : [`${jobLabel}=${JSON.stringify(job)}`])];
  const requests = `sum(rate(${series}{${all.join(',')}}[${WINDOW}])) > 0`;
  return { ...common, query: `${requests} unless on() ${writer.rate(flushes, [])} > 0` };
}

function shareOfFlushes(
  metrics: LibraryMetrics,
  writer: PromqlWriter,
  outcome: string,
  most: number,
  rule: Omit<AlertRule, 'query' | 'forSec'>,
): AlertRule {
  const flushes = metrics('tsmon/flush/count');
  const share = writer.query({
    metric: flushes,
    measure: { of: 'share', where: { field: 'outcome', is: outcome } },
    by: [],
  });
  return { ...rule, query: `${share} > ${most}`, forSec: 300 };
}

function slow(
  metrics: LibraryMetrics,
  names: SeriesNames,
  writer: PromqlWriter,
  latencyMs: number,
): AlertRule {
  const metric = metrics('http/server_durations');
  const percentile = writer.query({ metric, measure: { of: 'percentile', percent: 95 }, by: [] });
  const unit = names.unitOf(metric);
  const bound = durationIn(isUnits(unit) ? unit : metric.units, latencyMs);
  return {
    name: 'HttpSlow',
    title: 'Requests are slow',
    query: `${percentile} > ${bound}`,
    forSec: 600,
    severity: 'WARNING',
    text: `5 % of the requests take longer than ${latencyMs} ms. The heatmap of the dashboard leads to traces of slow ones.`,
  };
}

function burn(
  metrics: LibraryMetrics,
  writer: (window: string) => PromqlWriter,
  { factor, long, short, severity, speed }: (typeof BURN_RATES)[number],
  budget: number,
): AlertRule {
  const most = Number((factor * budget).toPrecision(6));
  const above = (window: string): string => {
    const failed = writer(window).query({
      metric: metrics('http/server_response_status'),
      measure: { of: 'share', where: { field: 'status', startsWith: '5' } },
      by: [],
    });
    return `${failed} > ${most}`;
  };
  return {
    name: `HttpErrorBudgetBurns${speed}`,
    title: `The error budget burns: ${factor} times as fast as it may`,
    // The short window ends the alert soon after the errors have ended.
    query: `${above(long)} and ${above(short)}`,
    forSec: 0,
    severity,
    text: `More than ${Number((most * 100).toPrecision(3))} % of the requests have failed with 5xx in the last ${long}.`,
  };
}
