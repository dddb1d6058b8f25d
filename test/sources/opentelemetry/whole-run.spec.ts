import { once, type EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MetricMappings } from '../../../lib/monitors/cloud-monitoring/metric-mapping.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { prometheusText } from '../../../lib/prometheus/prometheus-text.js';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import { OnceLog } from '../../../lib/seldom-log.js';
import type { Cell } from '../../../lib/store/cell.js';
import { answering, closedPort, endAfterEach, serve } from '../../http/client/backend.js';
import { startHttpServer, type OtlpServer } from '../../monitors/opentelemetry/otlp-server.js';
import { setUp } from '../flushed-source.js';
import { latestSeries, samplesOf, typesOf } from './compared-series.js';
import { postgresMissing, startPostgres } from './postgres.js';

const ROUNDS = 4;
/** The callbacks of Node's runtime observe this moment, and begin to measure anew: they must be called once for both readers. */
const OF_THIS_MOMENT = '@opentelemetry/instrumentation-runtime-node';

/** The types of values in Cloud Monitoring. */
const VALUE_TYPES: Readonly<Record<string, string>> = {
  int: 'INT64',
  float: 'DOUBLE',
  distribution: 'DISTRIBUTION',
};

/** What the test uses of `pg`, which has no types of its own. */
interface Pg {
  readonly Pool: new (options: object) => EventEmitter & {
    query(text: string): Promise<unknown>;
    end(): Promise<void>;
  };
}

const instrumentations = [
  new PgInstrumentation(),
  new UndiciInstrumentation(),
  new RuntimeNodeInstrumentation({ monitoringPrecision: 1 }),
];
/** The instrumentation sees only what is required. */
const { Pool } = createRequire(import.meta.url)('pg') as Pg;

endAfterEach();

describe.skipIf(postgresMissing)('a whole run of real instrumentation', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let theirs: OtlpServer;
  let ours: OtlpServer;
  /** The last value of each cell that was sent. */
  const cells = new Map<string, Cell>();
  let theirText: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    theirs = await startHttpServer();
    ours = await startHttpServer();
    await run();
  }, 60_000);

  afterAll(() => Promise.all([postgres.stop(), theirs.stop(), ours.stop()]));

  /** Collects for both readers at the end of each round, and exports by OTLP. */
  async function run(): Promise<void> {
    const exporter = new OTLPMetricExporter({ url: theirs.url });
    const own = new PeriodicExportingMetricReader({ exporter });
    const reader = new TsmonMetricReader();
    const provider = new MeterProvider({ readers: [own, reader] });
    const monitor = new OpenTelemetryMonitor({
      exporter: new OTLPMetricExporter({ url: ours.url }),
    });
    const { flush, clock } = setUp([reader]);
    const collected = vi.spyOn(reader, 'collect');
    const collect = own.collect.bind(own);
    vi.spyOn(own, 'collect').mockImplementation(async options => {
      const collection = await collect(options);
      const { resourceMetrics } = (await collected.mock.results.at(-1)!.value) as typeof collection;
      const both = [collection.resourceMetrics, resourceMetrics];
      const [others, moment] = both.map(({ scopeMetrics }, i) =>
        scopeMetrics.filter(({ scope }) => (scope.name === OF_THIS_MOMENT) === (i === 1)),
      );
      collection.resourceMetrics.scopeMetrics = [...others!, ...moment!];
      theirText = new PrometheusSerializer('', false, undefined, true, true).serialize(
        collection.resourceMetrics,
      );
      return collection;
    });
    for (const instrumentation of instrumentations) {
      instrumentation.setMeterProvider(provider);
      instrumentation.enable();
    }
    const backend = await serve((incoming, response) => {
      response.statusCode = incoming.url === '/missing' ? 404 : 200;
      answering('hello')(incoming, response);
    });
    const dead = await closedPort();
    const { port } = postgres;
    const pool = new Pool({
      host: '127.0.0.1',
      port,
      user: 'shop',
      database: 'postgres',
      max: 2,
    });
    for (let round = 1; round <= ROUNDS; round++) {
      for (let request = 0; request < round; request++) {
        await (await fetch(backend.url)).text();
        await (await fetch(`${backend.url}/missing`, { method: 'POST', body: 'x' })).text();
      }
      await fetch(`http://127.0.0.1:${dead}`).catch(() => undefined);
      await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1')));
      // The pool ends the connection of a query that failed, and counts it until then.
      const removed = once(pool, 'remove');
      await pool.query('SELECT no_such_column').catch(() => undefined);
      await removed;
      await sleep(5);
      const flushed = await flush();
      for (const cell of flushed) {
        cells.set(JSON.stringify([cell.metric.describe(), cell.fieldValues]), cell);
      }
      const { rejected } = await monitor.send(
        flushed,
        clock.now() * 1000,
        new AbortController().signal,
      );
      expect(rejected).toEqual([]);
      await own.forceFlush();
    }
    instrumentations.forEach(instrumentation => instrumentation.disable());
    await pool.end();
    await provider.shutdown();
    await monitor.close();
  }

  it('has the same series in OTLP: scope, name, unit, kind, attributes, bounds, counts and sums', () => {
    const series = latestSeries(ours.requests);
    expect(series).toEqual(latestSeries(theirs.requests));
    const kinds = new Set([...series.values()].map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['gauge', 'histogram', 'monotonic sum', 'sum']);
    const names = new Set([...series.values()].map(({ name }) => name));
    expect([...names]).toEqual(
      expect.arrayContaining([
        'http.client.request.duration',
        'db.client.operation.duration',
        'db.client.connection.count',
        'nodejs.eventloop.time',
        'v8js.gc.duration',
      ]),
    );
  });

  it("has the names, labels and values of OpenTelemetry's own exporter in the text for Prometheus", async () => {
    const text = await prometheusText([...cells.values()], 0);
    expect(typesOf(text)).toEqual(typesOf(theirText));
    expect(samplesOf(text)).toEqual(samplesOf(theirText));
    expect(samplesOf(text).length).toBeGreaterThan(50);
  });

  it("has the types, kinds, units and labels that Google's exporter gives it in Cloud Monitoring", () => {
    const mappings = new MetricMappings('workload.googleapis.com/', new OnceLog());
    const kinds = new Set<string>();
    for (const { metric, fieldValues } of cells.values()) {
      const { name, unit, kind, attributesOf } = metric.origin!;
      const { beforeLabels, afterResource, labels } = mappings.of(metric);
      const metricKind = kind === 'counter' || kind === 'histogram' ? 'CUMULATIVE' : 'GAUGE';
      const valueType = VALUE_TYPES[metric.kind.valueType];
      kinds.add(`${metricKind} ${valueType}`);
      expect(String(beforeLabels)).toContain(`"type":"workload.googleapis.com/${name}"`);
      expect(JSON.parse(`{${afterResource.slice(0, -1)}}`)).toEqual({
        metricKind,
        valueType,
        unit: unit || undefined,
        description: expect.any(String),
      });
      const keys = Object.keys(attributesOf(fieldValues)).map(key => key.replaceAll(/\W/g, '_'));
      expect(labels.map(({ key }) => key)).toEqual(keys.toSorted());
    }
    expect([...kinds].toSorted()).toEqual([
      'CUMULATIVE DISTRIBUTION',
      'CUMULATIVE DOUBLE',
      'GAUGE DOUBLE',
    ]);
  });
});
