import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { prometheusPieces } from '../../lib/prometheus/prometheus-text.js';
import { OPEN_METRICS } from '../../lib/prometheus/text-format.js';
import { asksForOpenMetrics } from '../../lib/status/requested-format.js';
import { cell, distribution, endTime, oneOfEach } from '../monitors/opentelemetry/cells.js';
import { prometheusMissing, startPrometheus, type Prometheus } from './prometheus-tools.js';

const START_TIMEOUT_MS = 60_000;
const ODD_TEXT = '\u0000\u0001\r\t\\"\n{}=,#\u2028\u{1f600}';

const registry = new Registry();
const odd = new StringGauge('shop/odd', { registry, description: ODD_TEXT });
const durations = new CumulativeDistribution('shop/waits', { registry, units: 'ms' });
const exemplar = {
  value: 700,
  timestamp: Date.now() * 1000,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
};
const cells = [
  ...oneOfEach(),
  cell(odd, ODD_TEXT),
  { ...cell(durations, distribution(Bucketer.default, 3, 700)), exemplars: [exemplar] },
];

describe.skipIf(prometheusMissing)('a real Prometheus that gets OpenMetrics', () => {
  let page: Server;
  let prometheus: Prometheus;
  const asked: boolean[] = [];

  beforeAll(async () => {
    page = createServer(({ headers }, response) => {
      asked.push(asksForOpenMetrics(null, headers.accept));
      response.setHeader('content-type', OPEN_METRICS.contentType);
      Readable.from(prometheusPieces(cells, endTime, OPEN_METRICS)).pipe(response);
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    prometheus = await startPrometheus(`127.0.0.1:${(page.address() as AddressInfo).port}`);
    await vi.waitFor(
      async () => {
        if ((await prometheus.query('shop_queue')).length === 0) {
          throw new Error(await prometheus.health());
        }
      },
      { timeout: START_TIMEOUT_MS },
    );
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await prometheus?.stop();
    page.closeAllConnections();
    page.close();
  });

  it('asks for it, and accepts it without complaint', async () => {
    expect(asked).toContain(true);
    expect(asked).not.toContain(false);
    expect(await prometheus.health()).toBe('up');
  });

  it('has every kind under its name in the plain text', async () => {
    for (const name of ['shop_orders_total', 'shop_queue', 'shop_version_info']) {
      expect([name, (await prometheus.query(name)).length]).toEqual([name, 1]);
    }
    expect((await prometheus.query('shop_odd_info'))[0]?.metric.value).toBe(ODD_TEXT);
    expect((await prometheus.query('shop_waits_seconds_count'))[0]?.value[1]).toBe('2');
  });

  it('has the exemplar with its trace', async () => {
    expect(await prometheus.exemplars('shop_waits_seconds_bucket')).toEqual([
      {
        labels: { trace_id: exemplar.traceId, span_id: exemplar.spanId },
        value: '0.7',
        timestamp: exemplar.timestamp / 1e6,
      },
    ]);
  });
});
