import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sender } from '../../../lib/flush/sender.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import type { OpenTelemetryMonitorOptions } from '../../../lib/monitors/opentelemetry/opentelemetry-options.js';
import type { Cell } from '../../../lib/store/cell.js';
import { SendLedger } from '../../../lib/store/send-ledger.js';
import type { CellSnapshot } from '../../../lib/store/snapshot.js';
import { Task } from '../../../lib/targets/task.js';
import { cell, endTime, oneOfEach, queue, task } from './cells.js';
import {
  attributesOf,
  startHttpServer,
  type Metric,
  type OtlpAnswer,
  type OtlpRequest,
  type OtlpServer,
} from './otlp-server.js';

const never = new AbortController().signal;
const INVALID_ARGUMENT = 3;
const MOST_POINTS = 200;
const METRIC_NAME = /^[a-zA-Z][a-zA-Z0-9_:./]*$/;
const ATTRIBUTE_KEY = /^[a-zA-Z_][a-zA-Z0-9_.]*$/;
const REGION = /^[a-z]+-[a-z]+\d+$/;

function pointsOf({ gauge, sum, histogram, exponentialHistogram }: Metric) {
  return (gauge ?? sum ?? histogram ?? exponentialHistogram)?.dataPoints ?? [];
}

/** What telemetry.googleapis.com refuses, with its own words. */
function google({ resourceMetrics }: OtlpRequest): OtlpAnswer {
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(scope => scope.metrics),
  );
  const refusals = [
    ...(metrics.flatMap(pointsOf).length > MOST_POINTS
      ? ['A maximum of 200 points can be written in a single request.']
      : []),
    ...resourceMetrics.flatMap(({ resource }) =>
      refusedResource(attributesOf(resource.attributes)),
    ),
    ...metrics.flatMap(refusedMetric),
  ];
  return refusals.length > 0 ? { code: INVALID_ARGUMENT, message: refusals[0] } : {};
}

function refusedResource(attributes: Record<string, unknown>): string[] {
  if (!attributes['gcp.project_id']) {
    return ['Resource is missing required attribute "gcp.project_id"'];
  }
  if (!attributes['service.instance.id']) {
    return ['prometheus_target resource type must have an instance specified'];
  }
  if (attributes['cloud.region'] === 'global') {
    return ['location / region / zone label cannot be set to "global"'];
  }
  return REGION.test(String(attributes['cloud.region']))
    ? []
    : ['write for resource failed: Unrecognized region or location.'];
}

function refusedMetric(metric: Metric): string[] {
  const keys = pointsOf(metric).flatMap(({ attributes = [] }) => attributes.map(({ key }) => key));
  const badKey = keys.find(key => !ATTRIBUTE_KEY.test(key));
  return METRIC_NAME.test(metric.name)
    ? badKey === undefined
      ? []
      : [`attribute key ${badKey}`]
    : [`metric name ${metric.name}`];
}

describe("the recipe for Google's OTLP endpoint", () => {
  let server: OtlpServer;
  const monitors: OpenTelemetryMonitor[] = [];

  beforeEach(async () => {
    server = await startHttpServer();
    server.judge = google;
  });

  afterEach(async () => {
    await Promise.all(monitors.splice(0).map(monitor => monitor.close()));
    await server.stop();
  });

  /** The example of the class, but for the address and the credentials. */
  function recipe(changed: Partial<OpenTelemetryMonitorOptions> = {}): OpenTelemetryMonitor {
    const monitor = new OpenTelemetryMonitor({
      exporter: new OTLPMetricExporter({
        url: server.url,
        headers: () => Promise.resolve({ authorization: 'Bearer fresh' }),
        timeoutMillis: 5000,
      }),
      chunkSize: 200,
      metricName: name => `workload.googleapis.com/${name.replace(/^\//, '').replaceAll('-', '_')}`,
      resourceAttributes: { 'gcp.project_id': 'my-project' },
      ...changed,
    });
    monitors.push(monitor);
    return monitor;
  }

  async function flush(monitor: OpenTelemetryMonitor, cells: readonly Cell[]) {
    const snapshots = cells.map(
      each => ({ ...each, hasNews: true, accept: () => undefined }) as unknown,
    ) as CellSnapshot[];
    const { accepted, reasons } = await new Sender(monitor, { workers: 4 }, new SendLedger()).send(
      snapshots,
      { endTime, gate: () => undefined, signal: never },
    );
    return { accepted, reasons: [...reasons] };
  }

  it('sends every kind of metric, and unusual names', async () => {
    const dashed = new Counter('/2-shops/x-y', { registry: new Registry() });
    const cells = [...oneOfEach(), cell(dashed, 1)];
    expect(await flush(recipe(), cells)).toEqual({ accepted: cells.length, reasons: [] });
    const names = server.requests.flatMap(({ resourceMetrics }) =>
      resourceMetrics[0]!.scopeMetrics[0]!.metrics.map(({ name }) => name),
    );
    expect(names).toContain('workload.googleapis.com/2_shops/x_y');
    expect(server.headers[0]).toMatchObject({ authorization: 'Bearer fresh' });
  });

  it('sends 450 cells in requests of 200 at most', async () => {
    const cells = Array.from({ length: 450 }, (_, i) =>
      cell(queue, i, [], task.withTaskNum(i % 2)),
    );
    expect(await flush(recipe(), cells)).toEqual({ accepted: 450, reasons: [] });
    const sizes = server.requests.map(
      ({ resourceMetrics }) =>
        resourceMetrics[0]!.scopeMetrics[0]!.metrics.flatMap(pointsOf).length,
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MOST_POINTS);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(450);
  });

  it("shows Google's error if a part of the recipe is missing", async () => {
    const cells = Array.from({ length: 201 }, (_, i) => cell(queue, i));
    const inNoRegion = new Task({ serviceName: 'a', jobName: 'b', dataCenter: 'local' });
    const outcomes = [
      await flush(recipe({ chunkSize: 500 }), cells),
      await flush(recipe({ resourceAttributes: {} }), [cell(queue, 1)]),
      await flush(recipe(), [cell(queue, 1, [], inNoRegion)]),
      await flush(recipe({ metricName: undefined }), [
        cell(new Counter('x-y', { registry: new Registry() }), 1),
      ]),
    ];
    expect(outcomes).toEqual(
      [
        'maximum of 200 points',
        'Resource is missing required attribute "gcp.project_id"',
        'Unrecognized region or location',
        'metric name x-y',
      ].map(reason => ({ accepted: 0, reasons: [expect.stringContaining(reason)] })),
    );
  });
});
