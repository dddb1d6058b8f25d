import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../../lib/prometheus/prometheus-text.js';
import {
  cell,
  distribution,
  endTime,
  oneOfEach,
  queue,
  task,
} from '../monitors/opentelemetry/cells.js';
import {
  prometheusMissing,
  startPrometheus,
  type Prometheus,
  type Series,
} from './prometheus-tools.js';

const START_TIMEOUT_MS = 60_000;
const ODD_TEXT = '\u0000\u0001\r\t\\"\n{}=,#\u2028\u{1f600}';

const registry = new Registry();
const wide = new CumulativeDistribution('shop/wide', { registry, units: 'ms' });
const odd = new StringGauge('shop/odd', { registry, description: ODD_TEXT });
const named = new IntGauge('shop/named', {
  registry,
  fields: { job: 'string', instance: 'string', __name__: 'string' },
});

const cells = [
  ...oneOfEach(),
  cell(queue, 8, [], task.withTaskNum(3)),
  cell(wide, distribution(Bucketer.default, 0, 1, 10, 1e30)),
  cell(odd, ODD_TEXT),
  cell(named, 1, ['mine', 'me', 'n']),
];

describe.skipIf(prometheusMissing)('a real Prometheus', () => {
  let page: Server;
  let prometheus: Prometheus;

  beforeAll(async () => {
    page = createServer((_, response) => {
      void prometheusText(cells, endTime).then(text =>
        response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE).end(text),
      );
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    prometheus = await startPrometheus(`127.0.0.1:${(page.address() as AddressInfo).port}`);
    await vi.waitFor(scraped, {
      timeout: START_TIMEOUT_MS,
    });
  }, START_TIMEOUT_MS);

  async function scraped(): Promise<void> {
    const series = await prometheus.query('shop_queue');
    if (series.length !== 2) {
      throw new Error(await prometheus.health());
    }
  }

  afterAll(async () => {
    await prometheus?.stop();
    page.closeAllConnections();
    page.close();
  });

  async function one(promql: string): Promise<Series> {
    const series = await prometheus.query(promql);
    expect(series).toHaveLength(1);
    return series[0]!;
  }

  it('accepts the text without complaint', async () => {
    expect(await prometheus.health()).toBe('up');
  });

  it('distinguishes instances by task_num', async () => {
    const series = await prometheus.query('shop_queue');
    expect(series.map(({ metric, value }) => [metric.task_num, value[1]]).sort()).toEqual([
      ['2', '-7'],
      ['3', '8'],
    ]);
  });

  it('has values, labels and types as they are', async () => {
    expect(await one('shop_orders_total')).toMatchObject({
      metric: {
        service_name: 'my-shop',
        job_name: 'checkout',
        data_center: 'europe-west1',
        host_name: 'v1',
        status: 'ok',
        retries: '-3',
        gift: 'true',
      },
      value: [expect.anything(), '9007199254740991'],
    });
    expect((await one('shop_busy_seconds_total')).value[1]).toBe('1.5');
    expect((await one('shop_odd_info')).metric.value).toBe(ODD_TEXT);
    expect((await one('shop_named')).metric).toMatchObject({
      exported_job: 'mine',
      exported_instance: 'me',
      _name__: 'n',
    });
  });

  it('computes quantiles and means of histograms', async () => {
    const median = await one('histogram_quantile(0.5, shop_durations_seconds_bucket)');
    expect(Number(median.value[1])).toBeCloseTo(0.02);
    const mean = await one('shop_durations_seconds_sum / shop_durations_seconds_count');
    expect(Number(mean.value[1])).toBeCloseTo(0.179);
    expect(await prometheus.query('shop_wide_seconds_bucket')).toHaveLength(14);
    expect((await one('shop_wide_seconds_bucket{le="+Inf"}')).value[1]).toBe('4');
  });
});
