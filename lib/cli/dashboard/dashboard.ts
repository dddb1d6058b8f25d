import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../log.js';
import { cloudMonitoringOptions } from '../../monitors/cloud-monitoring/cloud-monitoring-options.js';
import { EXIT_CODES, UsageError, type Command, type OptionValues } from '../command.js';
import { alertPolicies } from './alerts/alert-policies.js';
import { alertRules, REQUEST_COUNTER_NAMES, type AlertSettings } from './alerts/alert-rules.js';
import { prometheusRules } from './alerts/prometheus-rules.js';
import { cloudMonitoringDashboard } from './cloud-monitoring/cloud-monitoring-dashboard.js';
import { grafanaDashboard } from './grafana/grafana-dashboard.js';
import { libraryMetrics } from './library-metrics.js';
import { cloudMonitoringNames } from './promql/cloud-monitoring-names.js';
import { otlpNames } from './promql/otlp-names.js';
import type { SeriesNames } from './promql/series-names.js';
import { textNames } from './promql/text-names.js';
import { dashboardSections } from './sections.js';
import type { ShownMetric } from './shown-metric.js';
import { statusMetrics } from './status-metrics.js';

const FORMATS = ['cloud-monitoring', 'grafana'] as const;
const NAMES = ['text', 'otlp', 'cloud-monitoring'] as const;
const FETCH_TIMEOUT_MS = 10_000;

const HELP = `Usage: nestjs-tsmon dashboard --format cloud-monitoring|grafana [options]

Prints a dashboard, or with --alerts the alerts, as JSON.

Options:
  --format <format>       cloud-monitoring or grafana
  --alerts                print alert policies of Cloud Monitoring, or rules of Prometheus for grafana
  --url <url>             the status page of a running instance, for charts of the metrics of the application:
                          http://localhost:3000/internal/tsmon
  --header <header>       a header for that request, such as 'authorization: Bearer …'
  --file <file>           the JSON of the status page in a file, in place of --url
  --service <name>        only this service: serviceName of the target, by default the project
  --job <name>            only this job: jobName of the target, by default the deployed service
  --project <id>          only this project, where a dashboard shows several; not with --names text or otlp
  --title <title>         the title of the dashboard
  --prefix <prefix>       metricTypePrefix of the monitor (custom.googleapis.com/)
  --names <names>         with grafana, how metrics arrive at the data source: text (scraped from the status page,
                          the default), otlp, or cloud-monitoring (PromQL of Google Cloud)
  --data-source <uid>     with grafana, the uid of the data source; by default it is chosen in the dashboard
  --latency-ms <number>   with --alerts, the most that 95 % of the requests may take (1000)
  --objective <percent>   with --alerts, the percentage of requests that must not fail (99.5)
  --platform <platform>   with --alerts, cloud-run or app-engine: warn only if there are requests, by the count of the
                          platform. Without it a service that scales to zero has an alert
  -h, --help              print this help`;

/** The command that prints dashboards and alerts. */
export const dashboard: Command = {
  help: HELP,
  options: {
    format: { type: 'string' },
    alerts: { type: 'boolean' },
    url: { type: 'string' },
    header: { type: 'string' },
    file: { type: 'string' },
    service: { type: 'string' },
    job: { type: 'string' },
    project: { type: 'string' },
    title: { type: 'string' },
    prefix: { type: 'string' },
    names: { type: 'string' },
    'data-source': { type: 'string' },
    'latency-ms': { type: 'string' },
    objective: { type: 'string' },
    platform: { type: 'string' },
  },
  async run(values, print) {
    const format = oneOf('--format', values.format, FORMATS);
    const way = wayOf(format, values);
    refuseUnused(format, way, values);
    const status = await readStatus(values);
    // A scraped instance does not show the metrics that housekeeping sends.
    const reported = way === 'text' ? status?.filter(({ isGlobal }) => !isGlobal) : status;
    const names = seriesNames(way, values, reported ?? []);
    const made = values.alerts
      ? alerts(format, values, names)
      : chosenDashboard(format, values, names, dashboardSections(libraryMetrics(), reported));
    print(JSON.stringify(made, null, 2));
    return EXIT_CODES.ok;
  },
};

type Format = (typeof FORMATS)[number];

function alerts(format: Format, values: OptionValues, names: SeriesNames): object {
  const rules = alertRules(libraryMetrics(), names, alertSettings(values), text(values.job));
  return format === 'grafana'
    ? prometheusRules(rules)
    : alertPolicies(rules, titleOf(values), text(values.job));
}

function chosenDashboard(
  format: Format,
  values: OptionValues,
  names: SeriesNames,
  sections: ReturnType<typeof dashboardSections>,
): object {
  const title = titleOf(values);
  return format === 'grafana'
    ? grafanaDashboard(sections, names, { title, dataSourceUid: text(values['data-source']) })
    : cloudMonitoringDashboard(sections, names, { title, prefix: prefixOf(values) });
}

/** The way in which metrics arrive where they are shown. */
type Way = (typeof NAMES)[number];

function wayOf(format: Format, { names }: OptionValues): Way {
  return format === 'grafana' ? oneOf('--names', names ?? 'text', NAMES) : 'cloud-monitoring';
}

/** Refuses options that would have no effect. A user who gives such an option expects an effect. */
function refuseUnused(format: Format, way: Way, values: OptionValues): void {
  const needs: readonly [isMet: boolean, needed: string, options: readonly string[]][] = [
    [format === 'grafana', '--format grafana', ['names', 'data-source']],
    [values.alerts === true, '--alerts', ['latency-ms', 'objective', 'platform']],
    [values.alerts !== true, 'a dashboard, so no --alerts', ['url', 'file', 'data-source']],
    [format !== 'grafana' || values.alerts !== true, 'titles, which rules lack', ['title']],
    [values.url !== undefined, '--url', ['header']],
    [way === 'cloud-monitoring', `--names cloud-monitoring, not ${way}`, ['project', 'prefix']],
    [
      way === 'cloud-monitoring',
      `the metrics of the platform, which --names ${way} lacks`,
      ['platform'],
    ],
  ];
  for (const [isMet, needed, options] of needs) {
    const unused = options.find(option => values[option] !== undefined);
    if (!isMet && unused !== undefined) {
      throw new UsageError(`--${unused} needs ${needed}.`);
    }
  }
}

function seriesNames(way: Way, values: OptionValues, metrics: readonly ShownMetric[]): SeriesNames {
  const targets = {
    service: text(values.service),
    job: text(values.job),
    project: text(values.project),
  };
  switch (way) {
    case 'text':
      return textNames(metrics, targets);
    case 'otlp':
      return otlpNames(targets);
    case 'cloud-monitoring':
      return cloudMonitoringNames(prefixOf(values), targets);
  }
}

/** @returns the metrics of the application; undefined if they were not asked for. */
async function readStatus({ url, file, header }: OptionValues): Promise<ShownMetric[] | undefined> {
  if (url !== undefined && file !== undefined) {
    throw new UsageError('Give --url or --file, not both.');
  }
  if (typeof url === 'string') {
    return statusMetrics(await fetched(url, text(header)), url);
  }
  if (typeof file === 'string') {
    return statusMetrics(await attempt(`--file ${file}`, () => readFile(file, 'utf8')), file);
  }
  return undefined;
}

function fetched(given: string, header: string | undefined): Promise<string> {
  if (!URL.canParse(given)) {
    throw new UsageError(`--url must be a URL, got ${JSON.stringify(given)}.`);
  }
  const url = new URL(given);
  url.searchParams.set('format', 'json');
  return attempt(`--url ${given}`, async () => {
    const response = await fetch(url, {
      headers: header === undefined ? {} : headerOf(header),
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (!response.ok) {
      throw new Error(`the answer has the status ${response.status}`);
    }
    return response.text();
  });
}

function headerOf(header: string): Record<string, string> {
  const colon = header.indexOf(':');
  if (colon < 1) {
    throw new Error('--header must be a name, a colon and a value');
  }
  return { [header.slice(0, colon).trim()]: header.slice(colon + 1).trim() };
}

async function attempt(option: string, read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    throw new UsageError(`${option} could not be read: ${withCause(error)}.`);
  }
}

/** The message of `fetch` alone is "fetch failed". */
function withCause(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  // An error of several addresses has no message, but a code.
  const reason = cause && (errorMessage(cause) || (cause as NodeJS.ErrnoException).code);
  return reason ? `${errorMessage(error)} (${reason})` : errorMessage(error);
}

function alertSettings(values: OptionValues): AlertSettings {
  const latencyMs = numberOf('--latency-ms', values['latency-ms'] ?? '1000');
  const percent = numberOf('--objective', values.objective ?? '99.5');
  if (percent >= 100) {
    throw new UsageError(
      `--objective must be below 100, since an error budget of nothing cannot burn; got ${percent}.`,
    );
  }
  const { platform } = values;
  return {
    latencyMs,
    objective: percent / 100,
    platform:
      platform === undefined ? undefined : oneOf('--platform', platform, REQUEST_COUNTER_NAMES),
  };
}

function numberOf(option: string, given: unknown): number {
  const number = Number(given);
  if (!(number > 0 && Number.isFinite(number))) {
    throw new UsageError(`${option} must be a number above 0, got ${JSON.stringify(given)}.`);
  }
  return number;
}

function prefixOf({ prefix }: OptionValues): string {
  try {
    return cloudMonitoringOptions.check({ metricTypePrefix: prefix }, '').metricTypePrefix;
  } catch {
    throw new UsageError(
      `--prefix must be a metricTypePrefix such as "custom.googleapis.com/shop/", got ${JSON.stringify(prefix)}.`,
    );
  }
}

function titleOf({ title, job }: OptionValues): string {
  return text(title) ?? text(job) ?? 'nestjs-tsmon';
}

function oneOf<T extends string>(option: string, given: unknown, allowed: readonly T[]): T {
  const found = allowed.find(each => each === given);
  if (found === undefined) {
    throw new UsageError(
      `${option} must be ${allowed.join(' or ')}, got ${given === undefined ? 'nothing' : JSON.stringify(given)}.`,
    );
  }
  return found;
}

function text(value: OptionValues[string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
