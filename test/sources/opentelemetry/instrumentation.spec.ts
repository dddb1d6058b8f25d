import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SourceMetric } from '../../../lib/sources/metric-source.js';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import { answering, closedPort, endAfterEach, serve } from '../../http/client/backend.js';
import { comparableExport, comparableSource, cumulativeExporter, exportedBy } from './exported.js';
import { SDKS } from './sdk-versions.js';

const NEVER = new AbortController().signal;

endAfterEach();

describe.each(SDKS)('with OpenTelemetry SDK %s', (_, sdk) => {
  it('the instrumentation of undici has the metrics that its own exporter sends, for a whole run', async () => {
    const exporter = cumulativeExporter();
    const own = new sdk.PeriodicExportingMetricReader({ exporter });
    const reader = new TsmonMetricReader();
    const provider = new sdk.MeterProvider({ readers: [own, reader] });
    const undici = new UndiciInstrumentation();
    undici.setMeterProvider(provider);
    undici.enable();
    onTestFinished(() => {
      undici.disable();
      return provider.shutdown();
    });
    const backend = await serve((incoming, response) => {
      response.statusCode = incoming.url === '/missing' ? 404 : 200;
      answering('hello')(incoming, response);
    });
    const dead = await closedPort();
    for (let round = 1; round <= 3; round++) {
      await (await fetch(backend.url)).text();
      await (await fetch(`${backend.url}/missing`, { method: 'POST', body: 'x' })).text();
      await expect(fetch(`http://127.0.0.1:${dead}`)).rejects.toThrow('fetch failed');
      const [duration] = await reader.read(NEVER);
      await own.forceFlush();
      expect(comparableSource([duration!])).toEqual(exportedBy(exporter));
      expect(duration).toMatchObject({
        name: 'http.client.request.duration',
        unit: 's',
        kind: 'histogram',
        scope: { name: '@opentelemetry/instrumentation-undici' },
      });
      expect(duration!.points.map(({ value }) => (value as { count: number }).count)).toEqual([
        round,
        round,
        round,
      ]);
    }
  });

  it("the instrumentation of Node's runtime has the metrics that a reader of OpenTelemetry gets", async () => {
    const reader = new TsmonMetricReader();
    const provider = new sdk.MeterProvider({ readers: [reader] });
    const runtime = new RuntimeNodeInstrumentation({ monitoringPrecision: 1 });
    runtime.setMeterProvider(provider);
    runtime.enable();
    onTestFinished(() => {
      runtime.disable();
      return provider.shutdown();
    });
    // The values of this moment must be read once for both.
    const collect = vi.spyOn(reader, 'collect');
    let metrics: SourceMetric[] = [];
    for (let round = 0; round < 3; round++) {
      await sleep(5);
      metrics = await reader.read(NEVER);
      const { resourceMetrics } = (await collect.mock.results.at(-1)!.value) as Awaited<
        ReturnType<typeof reader.collect>
      >;
      expect(comparableSource(metrics)).toEqual(comparableExport(resourceMetrics as never));
    }
    expect(metrics.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'nodejs.eventloop.delay.p99',
        'nodejs.eventloop.utilization',
        'nodejs.eventloop.time',
        'v8js.memory.heap.used',
      ]),
    );
    const values = metrics.flatMap(({ points }) => points.map(({ value }) => value));
    expect(values.filter(value => typeof value === 'number').every(Number.isFinite)).toBe(true);
  });
});
