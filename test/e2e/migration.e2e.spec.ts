import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { complaintsOf } from '../docs/readme-typescript.js';
import { ROOT } from '../docs/readme-markdown.js';
import { emulatorsAvailable } from '../support/emulators.js';
import { FakeCloudRun } from '../support/fake-cloud-run.js';
import { buildMigrated, changedLinesOf, diffOf, MIGRATED } from '../support/migrated-apps.js';
import { collectedBy, monitoredBy } from '../support/migrated-totals.js';
import { until, type TestProcess } from '../support/processes.js';

const ORDERS = 3;

describe.skipIf(!emulatorsAvailable)('moved to Cloud Run as the docs say', () => {
  let cloudRun: FakeCloudRun;
  const running: TestProcess[] = [];

  beforeAll(async () => {
    cloudRun = await FakeCloudRun.start();
    for (const name of MIGRATED) {
      buildMigrated(name, 'before', cloudRun.folder);
      buildMigrated(name, 'after', cloudRun.folder);
    }
  }, 90_000);
  afterEach(() => Promise.all(running.splice(0).map(child => child.end('SIGKILL'))));
  afterAll(() => cloudRun?.stop());

  async function start(folder: string, service: string) {
    const app = await cloudRun.run(join(cloudRun.folder, folder), service);
    running.push(app.child);
    const order = async (): Promise<void> => {
      expect((await fetch(`${app.url}/orders`, { method: 'POST' })).status).toBe(201);
    };
    return { ...app, order };
  }

  it.each(MIGRATED)('%s: five lines change, and the types are right', name => {
    expect(changedLinesOf(diffOf(name))).toBeLessThanOrEqual(5);
    const folder = join(cloudRun.folder, `${name}-after`, 'src');
    // For the compiler the files lie where it finds this package.
    const sources = new Map(
      readdirSync(folder).map(file => [
        join(ROOT, 'in-documents', name, file),
        readFileSync(join(folder, file), 'utf8'),
      ]),
    );
    expect([...complaintsOf(sources).values()].flat()).toEqual([]);
  });

  it('nestjs-prometheus is scraped before and after, and sends its metrics to Cloud Monitoring after', async () => {
    const before = await start('nestjs-prometheus-before', 'a');
    const after = await start('nestjs-prometheus-after', 'shop');
    for (const { order, url } of [before, after]) {
      for (let i = 0; i < ORDERS; i++) {
        await order();
      }
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toContain(`orders_total{kind="gift"} ${ORDERS}`);
    }
    await after.child.end('SIGTERM');
    expect(monitoredBy(cloudRun.monitoring, 'shop')).toBe(ORDERS);
  });

  it('nestjs-otel sends the metrics of its instrumentation by OTLP before and after', async () => {
    const before = await start('nestjs-otel-before', 'a');
    const after = await start('nestjs-otel-after', 'shop');
    for (const [{ order, child }, service] of [
      [before, 'a'],
      [after, 'shop'],
    ] as const) {
      for (let i = 0; i < ORDERS; i++) {
        await order();
      }
      await child.end('SIGTERM');
      await until(
        'all orders have arrived',
        () => collectedBy(cloudRun.collector, service, 'shop.orders') === ORDERS,
      );
      expect(collectedBy(cloudRun.collector, service, 'http.server.request.duration')).toBe(ORDERS);
    }
  });
});
