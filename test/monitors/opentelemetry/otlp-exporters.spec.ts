import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import type { OpenTelemetryExporter } from '../../../lib/monitors/opentelemetry/opentelemetry-exporter.js';
import { Device } from '../../../lib/targets/device.js';
import { cell, endTime, oneOfEach, orders, queue, startTime, task } from './cells.js';
import {
  attributesOf,
  startGrpcServer,
  startHttpServer,
  type Metric,
  type OtlpServer,
} from './otlp-server.js';
import { reasonToRetry } from '../reason-to-retry.js';

const never = new AbortController().signal;
const START = `${startTime}000`;
const END = `${endTime}000`;

const WAYS: [string, () => Promise<OtlpServer>, (url: string) => OpenTelemetryExporter][] = [
  ['gRPC', startGrpcServer, url => new GrpcExporter({ url })],
  ['HTTP with protobuf', startHttpServer, url => new ProtobufExporter({ url })],
  ['HTTP with JSON', startHttpServer, url => new JsonExporter({ url })],
];

describe.each(WAYS)('OpenTelemetryMonitor over OTLP by %s', (_, startServer, exporterTo) => {
  let server: OtlpServer;
  let monitor: OpenTelemetryMonitor;

  beforeEach(async () => {
    server = await startServer();
    monitor = new OpenTelemetryMonitor({
      exporter: exporterTo(server.url),
      resourceAttributes: { 'gcp.project_id': 'my-project', 'cloud.region': 'elsewhere' },
    });
  });

  afterEach(async () => {
    server.judge = () => ({});
    await server.stop();
    await monitor.close();
  });

  function sent(): Map<string, Metric> {
    const metrics = server.requests.flatMap(({ resourceMetrics }) =>
      resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics)),
    );
    return new Map(metrics.map(metric => [metric.name, metric]));
  }

  it('sends each kind with its value, unit, description and start time', async () => {
    await expect(monitor.send(oneOfEach(), endTime, never)).resolves.toEqual({ rejected: [] });
    const metrics = sent();
    const times = { startTimeUnixNano: START, timeUnixNano: END };

    const counter = metrics.get('shop/orders');
    expect(counter).toMatchObject({
      description: 'Orders placed.',
      sum: {
        isMonotonic: true,
        aggregationTemporality: 2,
        dataPoints: [{ ...times, asInt: String(Number.MAX_SAFE_INTEGER) }],
      },
    });
    expect(counter?.unit ?? '').toBe('');
    expect(counter?.sum?.dataPoints[0]?.attributes).toEqual([
      { key: 'status', value: { stringValue: 'ok' } },
      { key: 'retries', value: { intValue: '-3' } },
      { key: 'gift', value: { boolValue: true } },
    ]);
    expect(metrics.get('shop/busy')).toMatchObject({
      unit: 's',
      sum: { isMonotonic: true, dataPoints: [{ ...times, asDouble: 1.5 }] },
    });
    expect(metrics.get('shop/queue')?.gauge?.dataPoints).toMatchObject([{ ...times, asInt: '-7' }]);
    expect(metrics.get('shop/load')?.gauge?.dataPoints).toMatchObject([{ asDouble: 0.25 }]);
    expect(metrics.get('shop/enabled')?.gauge?.dataPoints).toMatchObject([{ asInt: '1' }]);
    expect(metrics.get('shop/version')?.gauge?.dataPoints).toMatchObject([
      { asInt: '1', attributes: [{ key: 'value', value: { stringValue: 'v1 "β"' } }] },
    ]);
  });

  it('sends distributions with their bounds, or as exponential histograms where these are exact', async () => {
    await monitor.send(oneOfEach(), endTime, never);
    const metrics = sent();
    const times = { startTimeUnixNano: START, timeUnixNano: END };
    const explicit = metrics.get('shop/durations');
    expect(explicit).toMatchObject({ unit: 'ms', histogram: { aggregationTemporality: 2 } });
    expect(explicit?.histogram?.dataPoints).toMatchObject([
      {
        ...times,
        count: '6',
        sum: 1074,
        explicitBounds: [0, 10, 20, 30],
        bucketCounts: ['0', '2', '1', '1', '2'],
      },
    ]);
    const exponential = metrics.get('shop/sizes');
    expect(exponential).toMatchObject({
      unit: 'By',
      exponentialHistogram: { aggregationTemporality: 2 },
    });
    expect(exponential?.exponentialHistogram?.dataPoints).toMatchObject([
      {
        ...times,
        count: '7',
        sum: 27.25,
        zeroCount: '1',
        positive: { offset: -1, bucketCounts: ['1', '2', '0', '1', '2'] },
      },
    ]);
    const moment = metrics.get('shop/ages')?.histogram?.dataPoints[0];
    expect(moment).toMatchObject({
      startTimeUnixNano: `${endTime - 1000}000`,
      timeUnixNano: END,
      explicitBounds: [1, 2, 4, 8, 16],
      bucketCounts: ['1', '1', '1', '0', '0', '0'],
      count: '3',
      sum: 3,
    });
    for (const point of [explicit?.histogram, exponential?.exponentialHistogram].flatMap(
      points => points?.dataPoints ?? [],
    )) {
      expect(point).not.toHaveProperty('min');
      expect(point).not.toHaveProperty('max');
    }
  });

  it('T1 sends several targets as several resources, each with every part of its target', async () => {
    const other = task.withTaskNum(3);
    const device = new Device({ metro: 'lab/3', hostname: 'printer', role: 'p' });
    await monitor.send(
      [
        cell(queue, 1),
        cell(queue, 2, [], other),
        cell(queue, 3, [], device),
        cell(queue, 4, [], task.toGlobal()),
        cell(orders, 5, ['ok', 0, false], task.withTaskNum(3)),
      ],
      endTime,
      never,
    );
    const resources = server.requests.flatMap(({ resourceMetrics }) => resourceMetrics);
    expect(
      resources.map(({ resource, scopeMetrics }) => ({
        ...attributesOf(resource.attributes),
        metrics: scopeMetrics[0]?.metrics.map(({ name }) => name),
      })),
    ).toEqual(
      expect.arrayContaining([
        {
          'gcp.project_id': 'my-project',
          'cloud.region': 'europe-west1',
          'service.namespace': 'my-shop',
          'service.name': 'checkout',
          'service.instance.id': 'v1/2',
          'host.name': 'v1',
          metrics: ['shop/queue'],
        },
        expect.objectContaining({
          'service.instance.id': 'v1/3',
          metrics: ['shop/queue', 'shop/orders'],
        }),
        expect.objectContaining({
          'cloud.region': 'elsewhere',
          'service.name': 'device',
          'service.instance.id': 'lab%2F3/p/printer/',
          'device.hostname': 'printer',
        }),
        expect.objectContaining({
          'service.instance.id': 'global',
          'cloud.region': 'europe-west1',
        }),
      ]),
    );
    expect(resources).toHaveLength(4);
    expect(resources[0]?.scopeMetrics[0]?.scope).toMatchObject({ name: 'nestjs-tsmon' });
  });

  it('rejects with what the server says when it refuses', async () => {
    server.judge = () => ({ code: 3, message: 'Unrecognized region or location.' });
    expect(await reasonToRetry(monitor.send(oneOfEach(), endTime, never))).toMatch(
      /^OpenTelemetry's exporter failed: .*Unrecognized region or location\./,
    );
    server.judge = () => ({});
    await expect(monitor.send(oneOfEach(), endTime, never)).resolves.toEqual({ rejected: [] });
  });

  it('rejects, to be sent again, only the cells of those targets that failed', async () => {
    server.judge = ({ resourceMetrics: [first] }) =>
      attributesOf(first?.resource.attributes)['service.instance.id'] === 'v1/3'
        ? { code: 3, message: 'no such task' }
        : {};
    const other = task.withTaskNum(3);
    const { rejected } = await monitor.send(
      [cell(queue, 1), cell(queue, 2, [], other), cell(orders, 1, ['ok', 0, false], other)],
      endTime,
      never,
    );
    expect(rejected).toEqual([
      { index: 1, reason: expect.stringContaining('no such task'), outcome: 'retry' },
      { index: 2, reason: expect.stringContaining('no such task'), outcome: 'retry' },
    ]);
  });

  it('takes a partial success for a success, since exporters do not tell', async () => {
    server.judge = () => ({
      partialSuccess: { rejectedDataPoints: 3, errorMessage: 'too many labels' },
    });
    await expect(monitor.send(oneOfEach(), endTime, never)).resolves.toEqual({ rejected: [] });
  });

  it('F2 stops waiting for a server that hangs when the signal is aborted, and goes on afterwards', async () => {
    const controller = new AbortController();
    let answer = (): void => undefined;
    const after = new Promise<void>(resolve => {
      answer = resolve;
    });
    server.judge = () => {
      controller.abort(new Error('time is over'));
      return { after };
    };
    await expect(monitor.send(oneOfEach(), endTime, controller.signal)).rejects.toThrow(
      'time is over',
    );
    server.judge = () => ({});
    await expect(monitor.send([cell(queue, 1)], endTime, never)).resolves.toEqual({ rejected: [] });
    expect(server.requests).toHaveLength(2);
    answer();
  });

  it('sends 8 chunks at a time', async () => {
    const sends = Array.from({ length: 8 }, (__, i) =>
      monitor.send([cell(queue, i, [], task.withTaskNum(i))], endTime, never),
    );
    expect(await Promise.all(sends)).toEqual(sends.map(() => ({ rejected: [] })));
    expect(server.requests).toHaveLength(8);
  });
});
