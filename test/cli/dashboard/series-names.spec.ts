import { describe, expect, it } from 'vitest';
import { cloudMonitoringNames } from '../../../lib/cli/dashboard/promql/cloud-monitoring-names.js';
import { otlpNames } from '../../../lib/cli/dashboard/promql/otlp-names.js';
import { textNames } from '../../../lib/cli/dashboard/promql/text-names.js';
import { shownMetric, type ShownMetric } from '../../../lib/cli/dashboard/shown-metric.js';
import { Counter, FloatCounter } from '../../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { prometheusText } from '../../../lib/prometheus/prometheus-text.js';
import { cell, endTime } from '../../monitors/opentelemetry/cells.js';

const NONE = { service: undefined, job: undefined, project: undefined };

const registry = new Registry();
const orders = new Counter('shop/orders', { registry, fields: { job: 'string', _odd: 'string' } });
const version = new StringGauge('shop/version', { registry });
const waits = new CumulativeDistribution('shop/waits', { registry, units: 'ms' });
const pauses = new FloatCounter('nodejs/gc/pause_total', { registry, units: 'ms' });
const bytes = new IntGauge('http/bytes', { registry, units: 'By' });
const twice = [
  new IntGauge('shop/a-b', { registry }),
  new IntGauge('shop/a_b', { registry, description: 'The second.' }),
];
const shown = (metric: Parameters<typeof shownMetric>[0]): ShownMetric => shownMetric(metric);

const ofSource: ShownMetric = {
  ...shown(orders),
  origin: { name: 'http.requests', unit: '{request}', kind: 'counter', scope: { name: 'x' } },
};

describe('the names of series', () => {
  it('in the text are those that the text has, also where two would be the same', async () => {
    const names = textNames(twice.map(shown), NONE);
    const text = await prometheusText(
      [cell(twice[0]!, 1), cell(twice[1]!, 2), cell(orders, 1, ['mail', 'x']), cell(version, 'v1')],
      endTime,
    );
    const written = text.match(/^\w+(?=\{)/gm);
    expect(written).toEqual(
      expect.arrayContaining([...twice, orders, version].map(each => names.nameOf(shown(each)))),
    );
    expect(text).toContain(`${names.textLabelOf(shown(version))}="v1"`);
    expect(text).toContain(`${names.labelOf(shown(orders), '_odd')}="x"`);
    // Prometheus renames a label that it sets itself.
    expect(names.labelOf(shown(orders), 'job')).toBe('exported_job');
    expect([names.unitOf(shown(waits)), names.unitOf(shown(bytes))]).toEqual(['s', 'By']);
  });

  it('of Cloud Monitoring are made of the metric type', () => {
    const names = cloudMonitoringNames('workload.googleapis.com/x/', NONE);
    expect(names.nameOf(shown(waits))).toBe('workload_googleapis_com:x_shop_waits');
    expect(names.nameOf(ofSource)).toBe('workload_googleapis_com:x_http_requests');
    expect(names.labelOf(shown(orders), 'job')).toBe('metric_job');
    expect(names.labelOf(shown(orders), '_odd')).toBe('key_odd');
    expect([names.unitOf(shown(waits)), names.unitOf(ofSource)]).toEqual(['ms', '{request}']);
  });

  it('of OTLP have the unit in words, unless the name has it, and the suffix of counters', () => {
    const names = otlpNames({ ...NONE, job: 'checkout' });
    expect([orders, waits, pauses, bytes].map(each => names.nameOf(shown(each)))).toEqual([
      'shop_orders_total',
      'shop_waits_milliseconds',
      'nodejs_gc_pause_milliseconds_total',
      'http_bytes',
    ]);
    expect(names.nameOf(ofSource)).toBe('http_requests_total');
    expect(names.targetLabels).toEqual([
      { label: 'job', title: 'Job', value: '[^/]*/checkout', isPattern: true },
    ]);
  });
});
