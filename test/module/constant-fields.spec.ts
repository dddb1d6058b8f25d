import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { afterEach, describe, expect, it } from 'vitest';
import { CloudMonitoringMonitor } from '../../lib/entry/cloud-monitoring.js';
import {
  Counter,
  DebugMonitor,
  IntGauge,
  registerGlobalCallback,
  Registry,
  TsmonModule,
  TsmonService,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { OpenTelemetryMonitor } from '../../lib/entry/opentelemetry.js';
import { ProdXMonitor } from '../../lib/entry/prodx.js';
import { checkedModuleOptions } from '../../lib/options/module-options.js';
import type { Cell } from '../../lib/store/cell.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { FakeCloudMonitoring } from '../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { attributesOf, startHttpServer } from '../monitors/opentelemetry/otlp-server.js';
import { ProdXServer } from '../monitors/prodx/prodx-server.js';
import { endAll, ownOptions, start } from './hello-app.js';

afterEach(endAll);

const constantFields = { env: 'prod', shard: 3, canary: false };

/** An application with a metric that has a field of its own, and one that shares a name with a constant field. */
async function startShop(options: TsmonModuleOptions & { registry: Registry }) {
  const { registry } = options;
  const orders = new Counter('shop/orders', { fields: { status: 'string' }, registry });
  const queue = new IntGauge('shop/queue', { fields: { env: 'string' }, registry });
  const { app, url } = await start({ imports: [TsmonModule.forRoot(options)] });
  orders.add(2, { status: 'ok' });
  queue.set(5, { env: 'own' });
  return { app, url, orders, queue, service: app.get(TsmonService) };
}

/** The fields of the cells of a metric, by name. */
function fieldsOf(cells: readonly Cell[], name: string): unknown[] {
  return cells
    .filter(({ metric }) => metric.name === name)
    .map(({ metric, fieldValues }) =>
      Object.fromEntries(metric.fields.names.map((field, i) => [field, fieldValues[i]])),
    );
}

describe('constantFields', () => {
  it('are on every cell of every monitor', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-tsmon-'));
    const cloud = await new FakeCloudMonitoring().start();
    const otlp = await startHttpServer();
    const prodx = await ProdXServer.start();
    try {
      const file = join(folder, 'cells');
      const { service } = await startShop({
        ...ownOptions(),
        constantFields,
        monitor: [
          new CloudMonitoringMonitor({
            projectId: 'my-shop',
            endpoint: cloud.endpoint,
            auth: { getRequestHeaders: async () => ({ authorization: 'Bearer of-a-test' }) },
          }),
          new OpenTelemetryMonitor({ exporter: new OTLPMetricExporter({ url: otlp.url }) }),
          new ProdXMonitor({ endpoint: prodx.endpoint, insecure: true }),
          new DebugMonitor({ file, format: 'json' }),
        ],
      });
      await service.flush();
      await endAll();

      const labels = cloud.written
        .filter(({ metric }) => metric.type.endsWith('/shop/orders'))
        .map(({ metric }) => metric.labels);
      expect(labels[0]).toEqual({ status: 'ok', env: 'prod', shard: '3', canary: 'false' });
      expect(cloud.written.every(({ metric }) => metric.labels?.['shard'] === '3')).toBe(true);

      const points = otlp.requests
        .flatMap(({ resourceMetrics }) => resourceMetrics.flatMap(one => one.scopeMetrics))
        .flatMap(({ metrics }) => metrics)
        .filter(({ name }) => name === 'shop/orders')
        .flatMap(({ sum }) => sum!.dataPoints);
      expect(attributesOf(points[0]!.attributes)).toEqual({
        status: 'ok',
        env: 'prod',
        shard: '3',
        canary: false,
      });

      const set = prodx.received
        .flatMap(({ collections }) => collections)
        .flatMap(collection => collection.metrics_data_set)
        .find(one => one.metric_name === '/chrome/infra/shop/orders');
      expect(set!.data[0]!['field']).toEqual([
        { name: 'status', string_value: 'ok' },
        { name: 'env', string_value: 'prod' },
        { name: 'shard', int64_value: '3' },
        { name: 'canary', bool_value: false },
      ]);

      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      const line = lines.find(one => one.includes('shop/orders'))!;
      expect(JSON.parse(line)).toMatchObject({
        fields: { status: 'ok', env: 'prod', shard: 3, canary: false },
      });
    } finally {
      await Promise.all([cloud.stop(), otlp.stop()]);
      prodx.stop();
      await rm(folder, { recursive: true });
    }
  });

  it("come after a metric's own fields, and give way to one of the same name", async () => {
    const options = { ...ownOptions(), constantFields };
    const { orders, queue, service } = await startShop(options);
    await service.flush();
    const { cells } = options.monitor.calls.at(-1)!;
    expect(fieldsOf(cells, 'shop/orders')).toEqual([{ status: 'ok', ...constantFields }]);
    expect(fieldsOf(cells, 'shop/queue')).toEqual([{ ...constantFields, env: 'own' }]);
    expect(fieldsOf(cells, 'presence/up')).toEqual([constantFields]);
    expect(cells.every(({ metric, fieldValues }) => metric.fields.names.length === fieldValues.length)).toBe(true); // prettier-ignore
    expect([orders.get({ status: 'ok' }), queue.get({ env: 'own' })]).toEqual([2, 5]);
  });

  it('are made once for each metric, not for each flush', async () => {
    const options = { ...ownOptions(), constantFields };
    const { service } = await startShop(options);
    await service.flush();
    await service.flush();
    const [first, second] = options.monitor.calls
      .slice(-2)
      .map(({ cells }) => cells.find(({ metric }) => metric.name === 'shop/orders')!.metric);
    expect(first).toBe(second);
    expect(first!.describe()).toContain('Counter "shop/orders"');
  });

  it('are on global metrics too', async () => {
    const options = { ...ownOptions(), constantFields };
    const stock = new IntGauge('shop/stock', { registry: options.registry });
    registerGlobalCallback('stock', [stock], () => stock.set(7));
    await startShop(options);
    await expect
      .poll(() => options.monitor.calls.flatMap(({ cells }) => fieldsOf(cells, 'shop/stock')))
      .toEqual([constantFields]);
  });

  it('are in the JSON and the Prometheus text of the status page', async () => {
    const { url } = await startShop({
      ...ownOptions(),
      constantFields,
      status: { enabled: true, auth: 'none' },
    });
    const json = (await (await fetch(`${url}/internal/tsmon?format=json`)).json()) as {
      metrics: { name: string; fields: { name: string }[]; cells: { fields: object }[] }[];
    };
    const orders = json.metrics.find(({ name }) => name === 'shop/orders')!;
    expect(orders.fields.map(({ name }) => name)).toEqual(['status', 'env', 'shard', 'canary']);
    expect(orders.cells[0]!.fields).toEqual({ status: 'ok', ...constantFields });
    const text = await (await fetch(`${url}/internal/tsmon?format=prometheus`)).text();
    expect(text).toMatch(/^shop_orders_total\{.*,status="ok",env="prod",shard="3",canary="false"\} 2$/m); // prettier-ignore
  });

  it('of the last start are gone after one without them', async () => {
    const registry = new Registry();
    const first = { ...ownOptions(), registry, constantFields };
    await (await startShop(first)).service.flush();
    await endAll();
    const monitor = new FakeMonitor();
    await (await startShop({ ...ownOptions(), registry, monitor })).service.flush();
    expect(fieldsOf(monitor.calls.at(-1)!.cells, 'shop/orders')).toEqual([{ status: 'ok' }]);
  });
});

describe('the option constantFields', () => {
  const check = (given: unknown) =>
    checkedModuleOptions({ constantFields: given as Record<string, string> }).constantFields;

  it('takes strings, safe integers and booleans, and ignores undefined', () => {
    expect(check(constantFields)).toEqual(constantFields);
    expect(check({ env: undefined, zone: '' })).toEqual({ zone: '' });
    expect(check(undefined)).toEqual({});
  });

  it.each<[object, RegExp]>([
    [{ 'a b': 'x' }, /^Option constantFields must be .*, got "a b"\.$/],
    [{ env: 'x'.repeat(1025) }, /^Option constantFields\.env must be a string of at most 1024/],
    [{ shard: 0.5 }, /^Option constantFields\.shard must be .*, got 0\.5\.$/],
    [{ shard: NaN }, /^Option constantFields\.shard must be .*, got NaN\.$/],
  ])('%o is a RangeError', (given, message) => {
    expect(() => check(given)).toThrow(RangeError);
    expect(() => check(given)).toThrow(message);
  });

  it('is a TypeError with a value that no field can have', () => {
    expect(() => check({ env: null })).toThrow(TypeError);
    expect(() => check({ env: ['a'] })).toThrow(/^Option constantFields\.env must be a string/);
    expect(() => check(JSON.parse('{"__proto__": 1}'))).toThrow('got "__proto__"');
  });
});
