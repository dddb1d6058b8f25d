import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printed, type PrometheusRules } from './printed.js';

const METRIC = {
  name: 'shop/orders',
  kind: 'Counter',
  valueType: 'int',
  cumulative: true,
  units: '',
  description: '',
  fields: [],
  global: false,
};

describe('what nestjs-tsmon dashboard reads', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsmon-dashboard-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function printedFor(metrics: unknown, format: string): Promise<object> {
    const file = join(folder, `${Math.random()}.json`);
    await writeFile(file, JSON.stringify({ metrics }));
    return printed('--format', format, '--file', file);
  }

  describe.each(['grafana', 'cloud-monitoring'])('for %s', format => {
    it.each([
      ['a field that is null', { ...METRIC, fields: [null] }],
      ['a field without a name', { ...METRIC, fields: [{}] }],
      ['an origin without a name', { ...METRIC, origin: {} }],
      ['an origin that is null', { ...METRIC, origin: null }],
    ])('may not have %s', async (_, metric) => {
      await expect(printedFor([metric], format)).rejects.toThrow(
        'must give the JSON of the status route',
      );
    });

    it('must have metrics', async () => {
      await expect(printedFor([], format)).rejects.toThrow('has no metrics, so there is nothing');
    });

    it('may have nothing but a distribution', async () => {
      const metric = { ...METRIC, kind: 'CumulativeDistribution', valueType: 'distribution' };
      expect(await printedFor([metric], format)).toBeTypeOf('object');
    });
  });

  it('is told with the reason why it cannot be fetched', async () => {
    await expect(printed('--format', 'grafana', '--url', 'http://127.0.0.1:9/')).rejects.toThrow(
      /--url http:\/\/127\.0\.0\.1:9\/ could not be read: fetch failed \(.+\)\./,
    );
  });
});

describe('options of nestjs-tsmon dashboard that change nothing', () => {
  it.each([
    ['--format cloud-monitoring --names text', '--names needs --format grafana.'],
    ['--format cloud-monitoring --data-source a', '--data-source needs --format grafana.'],
    ['--format grafana --latency-ms 5', '--latency-ms needs --alerts.'],
    ['--format grafana --objective 90', '--objective needs --alerts.'],
    ['--format grafana --platform cloud-run', '--platform needs --alerts.'],
    ['--format grafana --alerts --url http://a/', '--url needs a dashboard, so no --alerts.'],
    ['--format grafana --alerts --title a', '--title needs titles, which rules lack.'],
    ['--format grafana --header a:b', '--header needs --url.'],
    ['--format grafana --prefix a.b/', '--prefix needs --names cloud-monitoring, not text.'],
    [
      '--format grafana --alerts --platform cloud-run',
      '--platform needs the metrics of the platform, which --names text lacks.',
    ],
  ])('are refused: %s', async (args, message) => {
    await expect(printed(...args.split(' '))).rejects.toThrow(message);
  });
});

describe('the alerts of one job', () => {
  const queries = async (...args: string[]): Promise<string> => {
    const rules = await printed<PrometheusRules>('--format', 'grafana', '--alerts', ...args);
    return rules.groups[0]!.rules.map(({ expr }) => expr).join('\n');
  };

  it('watch that job alone, whatever characters its name has', async () => {
    expect(await queries('--job', 'a.b|c')).toContain('job_name="a.b|c"');
    expect(await queries('--names', 'otlp', '--job', 'a.b|c')).toContain(
      String.raw`job=~"[^/]*/a\\.b\\|c"`,
    );
  });

  it('read the log of that job alone', async () => {
    const args = '--format cloud-monitoring --alerts --job checkout'.split(' ');
    const policies = await printed<object[]>(...args);
    expect(policies.at(-1)).toMatchObject({
      conditions: [
        {
          conditionMatchedLog: {
            filter: expect.stringMatching(
              /^\(resource\.labels\.service_name="checkout" OR .+\) AND \(textPayload:.+\)$/,
            ),
          },
        },
      ],
    });
  });
});
