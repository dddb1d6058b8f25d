import { describe, expect, it } from 'vitest';
import { prometheusMissing, promtoolTestProblems } from '../../prometheus/prometheus-tools.js';
import { printed, type PrometheusRules } from './printed.js';
import { ProtoSchema } from './proto-schema.js';

/** promtool evaluates seven hours, which takes seconds on a busy machine. */
const TIMEOUT_MS = 60_000;

interface Policy {
  readonly displayName: string;
  readonly conditions: readonly {
    readonly conditionPrometheusQueryLanguage?: { readonly query: string };
    readonly conditionMatchedLog?: { readonly filter: string };
  }[];
}

/** Series of a service: flushes by outcome, requests by status, and durations. */
const HEALTHY = [
  series('tsmon_flush_count_total{outcome="sent",job_name="shop"}', '0+1x430'),
  series('http_server_response_status_total{status="200",job_name="shop"}', '0+1000x430'),
  series('http_server_durations_seconds_bucket{le="0.1",job_name="shop"}', '0+1000x430'),
  series('http_server_durations_seconds_bucket{le="2.5",job_name="shop"}', '0+1000x430'),
  series('http_server_durations_seconds_bucket{le="+Inf",job_name="shop"}', '0+1000x430'),
];

function series(name: string, values: string): { series: string; values: string } {
  return { series: name, values };
}

/** The first series, changed by the others. */
function changed(...changes: { series: string; values: string }[]): typeof HEALTHY {
  const names = new Set(changes.map(change => change.series));
  return [...HEALTHY.filter(one => !names.has(one.series)), ...changes];
}

async function firing(
  input: typeof HEALTHY,
  names: readonly string[],
  ...args: string[]
): Promise<string> {
  const rules = await printed<PrometheusRules>('--format', 'grafana', '--alerts', ...args);
  const all = rules.groups[0]!.rules.map(({ alert }) => alert);
  return promtoolTestProblems(rules, {
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: input,
        promql_expr_test: [
          {
            expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
            eval_time: '7h',
            exp_samples: all
              .filter(name => names.includes(name))
              .map(name => ({ labels: `{alertname="${name}"}`, value: 1 })),
          },
        ],
      },
    ],
  });
}

describe.skipIf(prometheusMissing)('the alerts in Prometheus', { timeout: TIMEOUT_MS }, () => {
  it('are silent while all is well', async () => {
    expect(await firing(HEALTHY, [])).toBe('');
    expect(await firing(HEALTHY, [], '--job', 'shop')).toBe('');
  });

  it('fire where no metrics arrive, or none of the job', async () => {
    expect(await firing([series('other', '0+1x430')], ['TsmonNotExported'])).toBe('');
    expect(await firing(HEALTHY, ['TsmonNotExported'], '--job', 'other')).toBe('');
  });

  it.each([
    ['failed', 'TsmonFlushesFail'],
    ['no-task-number', 'TsmonNoTaskNumber'],
  ])('fire where a third of the flushes end with %s', async (outcome, name) => {
    const flushes = series(`tsmon_flush_count_total{outcome="${outcome}"}`, '0+0.5x430');
    expect(await firing(changed(flushes), [name])).toBe('');
  });

  it('fire where 5 % of the requests are slower than allowed', async () => {
    const fast = series(
      'http_server_durations_seconds_bucket{le="0.1",job_name="shop"}',
      '0+100x430',
    );
    expect(await firing(changed(fast), ['HttpSlow'])).toBe('');
    expect(await firing(changed(fast), [], '--latency-ms', '2600')).toBe('');
  });

  it('fire where the error budget burns, fast or slowly', async () => {
    const failing = (share: number) =>
      changed(
        series(
          'http_server_response_status_total{status="503",job_name="shop"}',
          `0+${1000 * share}x430`,
        ),
      );
    const [fast, slow] = ['HttpErrorBudgetBurnsFast', 'HttpErrorBudgetBurnsSlow'];
    expect(await firing(failing(0.1), [fast, slow])).toBe('');
    expect(await firing(failing(0.04), [slow])).toBe('');
    expect(await firing(failing(0.02), [])).toBe('');
    expect(await firing(failing(0.04), [fast, slow], '--objective', '99.9')).toBe('');
  });

  it('tell a service without requests from one that exports nothing, by the count of the platform', async () => {
    const args = ['--names', 'cloud-monitoring', '--platform', 'cloud-run', '--job', 'shop'];
    const requests = (values: string) =>
      series(
        'run_googleapis_com:request_count{monitored_resource="cloud_run_revision",service_name="shop"}',
        values,
      );
    expect(await firing([requests('0+9x430')], ['TsmonNotExported'], ...args)).toBe('');
    expect(await firing([requests('9+0x430')], [], ...args)).toBe('');
  });
});

describe('alert policies of Cloud Monitoring', () => {
  it('are what the API takes, one for each alert and one for the log', async () => {
    const policies = await printed<Policy[]>(
      '--format',
      'cloud-monitoring',
      '--alerts',
      '--job',
      'shop',
    );
    const schema = new ProtoSchema('@google-cloud/monitoring');
    expect(
      policies.flatMap(policy => schema.problems('google.monitoring.v3.AlertPolicy', policy)),
    ).toEqual([]);
    expect(policies.map(({ displayName }) => displayName)).toEqual([
      'shop: Metrics are not exported',
      'shop: Flushes of metrics fail',
      'shop: Instances wait for a task number',
      'shop: Requests are slow',
      'shop: The error budget burns: 14.4 times as fast as it may',
      'shop: The error budget burns: 6 times as fast as it may',
      'shop: An instance has waited for minutes for a task number',
    ]);
  });

  it('have durations in the unit of the metric there, which is milliseconds', async () => {
    const policies = await printed<Policy[]>('--format', 'cloud-monitoring', '--alerts');
    expect(policies[3]!.conditions[0]!.conditionPrometheusQueryLanguage?.query).toBe(
      'histogram_quantile(0.95, sum by (le) (rate(custom_googleapis_com:http_server_durations_bucket{monitored_resource="generic_task"}[15m]))) > 1000',
    );
  });
});
