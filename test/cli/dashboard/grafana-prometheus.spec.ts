import { request, type ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  prometheusMissing,
  startPrometheus,
  type Prometheus,
} from '../../prometheus/prometheus-tools.js';
import { printed, queriesOf, type GrafanaDashboard } from './printed.js';

const START_TIMEOUT_MS = 90_000;

/** What has not happened yet has no series. */
const NOTHING_HAPPENED = [
  'Recordings dropped: too many cells',
  'Wrong calls ignored',
  'Sends of unknown outcome',
  'Task numbers', // released
  'Task numbers', // expired
  'rpc/server_count',
  'rpc/server_durations',
  'rpc/server_durations: p95',
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe.skipIf(prometheusMissing)('a real Prometheus that scrapes the sample app', () => {
  let app: INestApplication;
  let url: string;
  let prometheus: Prometheus;
  let endless: ClientRequest;

  beforeAll(async () => {
    vi.stubEnv('TSMON_FLUSH_INTERVAL_SEC', '1');
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    const { AppModule } = await import('../../../sample-app/src/app.module.js');
    app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
    endless = beginAnOrder();
    await useTheShop();
    prometheus = await startPrometheus(`127.0.0.1:${port}`, '/internal/tsmon');
    await vi.waitFor(
      async () => {
        await useTheShop();
        collectGarbage();
        // A rate needs two scrapes.
        for (const query of [
          'rate(tsmon_flush_bytes_total[1m])',
          'rate(nodejs_gc_count_total[1m])',
          'nodejs_event_loop_delay_seconds',
        ]) {
          if ((await prometheus.query(query)).length === 0) {
            throw new Error(`There is no ${query} yet: ${await prometheus.health()}`);
          }
        }
      },
      { timeout: START_TIMEOUT_MS, interval: 500 },
    );
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    endless?.destroy();
    await prometheus?.stop();
    await app?.close();
    vi.unstubAllEnvs();
  });

  /** Begins a request that does not end: the delays of the event loop are measured during requests. */
  function beginAnOrder(): ClientRequest {
    const begun = request(`${url}/orders`, { method: 'POST', headers: { 'content-length': 100 } });
    begun.on('error', () => undefined);
    begun.write('{');
    return begun;
  }

  async function useTheShop(): Promise<void> {
    await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ item: 'lamp', quantity: 2 }),
    });
    await fetch(`${url}/nowhere`);
  }

  it('answers every query of the dashboard, and has data for what has happened', async () => {
    const dashboard = await printed<GrafanaDashboard>(
      '--format',
      'grafana',
      '--url',
      `${url}/internal/tsmon`,
    );
    const queries = queriesOf(dashboard);
    expect(queries.length).toBeGreaterThan(40);
    const empty: string[] = [];
    for (const { title, query } of queries) {
      // The query is in the message if Prometheus refuses it.
      expect([query, await prometheus.error(query)]).toEqual([query, undefined]);
      if ((await prometheus.query(query)).length === 0) {
        empty.push(title);
      }
    }
    expect(empty).toEqual(NOTHING_HAPPENED);
  });

  it('charts the metrics of the application by kind', async () => {
    const { panels } = await printed<GrafanaDashboard>(
      '--format',
      'grafana',
      '--url',
      `${url}/internal/tsmon?format=prometheus`,
    );
    const shop = panels.filter(({ title }) => title.startsWith('shop/'));
    // Housekeeping sends the items in stock, so an instance has no series of them.
    expect(shop.map(({ title }) => title)).not.toContain('shop/items_in_stock');
    expect(shop.map(({ title, type }) => [title, type])).toEqual(
      expect.arrayContaining([
        ['shop/orders', 'timeseries'],
        ['shop/open_orders', 'timeseries'],
        ['shop/order_values', 'heatmap'],
        ['shop/order_values: p95', 'timeseries'],
      ]),
    );
  });
});
