import { describe, expect, it } from 'vitest';
import { MetricMappings } from '../../lib/monitors/cloud-monitoring/metric-mapping.js';
import { OpenTelemetryMonitor } from '../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { prometheusText } from '../../lib/prometheus/prometheus-text.js';
import { OnceLog } from '../../lib/seldom-log.js';
import type { Cell } from '../../lib/store/cell.js';
import { FakeExporter } from '../monitors/opentelemetry/fake-exporter.js';
import { FakeSource, metric, setUp } from './flushed-source.js';

const scope = { name: 'pg', version: '1.2' };
const point = (attributes: object) => [{ attributes: { ...attributes }, value: 2 }];
const sizes = { bounds: [1, 5], bucketCounts: [1, 0, 2], count: 3, sum: 20 };

async function flushed(): Promise<readonly Cell[]> {
  const source = new FakeSource('otel');
  const { flush } = setUp([source]);
  source.metrics = [
    metric(
      'db.client.operations',
      'counter',
      point({ 'db.system': 'pg', tags: ['a'], share: 0.5 }),
      {
        isInteger: true,
        unit: '{operation}',
        scope,
      },
    ),
    metric('db.client.connections', 'up-down', point({}), { isInteger: true, scope }),
    metric('db.client.duration', 'histogram', sizes, { unit: 'ms', scope }),
    metric('my_latency_seconds', 'gauge', [
      { attributes: { quantile: '0.5' }, value: 1 },
      { attributes: { quantile: '0.5', dbName: 'x' }, value: 2 },
    ]),
  ];
  return flush();
}

describe('in OpenTelemetry a metric of a source', () => {
  it('has its own name, unit, scope, kind, attributes, bounds and counts', async () => {
    const cells = await flushed();
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter });
    await monitor.send(cells, Date.now() * 1000, new AbortController().signal);
    const [{ scopeMetrics }] = exporter.exported as [(typeof exporter.exported)[0]];
    expect(scopeMetrics.map(each => each.scope.name)).toEqual(['pg', 'nestjs-tsmon']);
    const [operations, connections, duration] = scopeMetrics[0]!.metrics;
    expect(operations).toMatchObject({
      descriptor: { name: 'db.client.operations', unit: '{operation}', valueType: 0 },
      dataPointType: 3,
      isMonotonic: true,
      dataPoints: [{ attributes: { 'db.system': 'pg', tags: ['a'], share: 0.5 }, value: 2 }],
    });
    expect(connections).toMatchObject({ dataPointType: 3, isMonotonic: false });
    expect(duration).toMatchObject({
      descriptor: { name: 'db.client.duration', unit: 'ms' },
      dataPointType: 0,
      dataPoints: [
        { value: { count: 3, sum: 20, buckets: { boundaries: [1, 5], counts: [1, 0, 2] } } },
      ],
    });
    expect(scopeMetrics[1]!.metrics).toHaveLength(1);
    expect(scopeMetrics[1]!.metrics[0]!.dataPoints).toHaveLength(2);
  });
});

describe('in Cloud Monitoring a metric of a source', () => {
  it('has its own name with its dots, its unit, and labels that are allowed', async () => {
    const mappings = new MetricMappings('workload.googleapis.com/', new OnceLog());
    const [operations, connections, , latency] = (await flushed()).map(cell =>
      mappings.of(cell.metric),
    );
    expect(operations!.beforeLabels.toString()).toContain(
      '"workload.googleapis.com/db.client.operations"',
    );
    expect(operations!.afterResource).toContain('"unit":"{operation}"');
    expect(operations!.labels.map(({ key }) => key)).toEqual(['db_system', 'share', 'tags']);
    expect(connections!.afterResource).toContain('"metricKind":"GAUGE","valueType":"INT64"');
    expect(latency!.beforeLabels.toString()).toContain('/my_latency_seconds"');
  });
});

describe('in the text of Prometheus a metric of a source', () => {
  it('has the name and the labels of its own exporter, and values that are not converted', async () => {
    const text = await prometheusText(await flushed(), 0);
    const lines = text.split('\n').map(line => line.replace(/service_name=.*?task_num="0",?/, ''));
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE db_client_operations_total counter',
        'db_client_operations_total{db_system="pg",share="0.5",tags="[\\"a\\"]"} 2',
        'db_client_connections{} 2',
        'db_client_duration_bucket{le="1"} 1',
        'db_client_duration_sum{} 20',
        'my_latency_seconds{quantile="0.5"} 1',
        'my_latency_seconds{dbName="x",quantile="0.5"} 2',
      ]),
    );
    expect(lines.filter(line => line.startsWith('# TYPE'))).toHaveLength(4);
  });

  it('has one underscore where OpenTelemetry would have several, and all where prom-client would', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    const points = [{ attributes: { 'c..d': 'x' }, value: 2 }];
    source.metrics = [
      metric('a..b', 'gauge', points, { scope }),
      metric('a__b', 'gauge', [{ attributes: { c__d: 'x' }, value: 2 }]),
    ];
    const text = await prometheusText(await flush(), 0);
    expect(text).toMatch(/^a_b\{.*,c_d="x"\} 2$/m);
    expect(text).toMatch(/^a__b\{.*,c__d="x"\} 2$/m);
  });
});
