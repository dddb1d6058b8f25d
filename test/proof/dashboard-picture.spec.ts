import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { printed, type GrafanaDashboard } from '../cli/dashboard/printed.js';
import {
  prometheusMissing,
  startPrometheus,
  type Prometheus,
} from '../prometheus/prometheus-tools.js';
import { chromiumAvailable, startChromium } from '../support/chromium.js';
import { pageOf, type DrawnPanel } from '../support/dashboard-drawing.js';
import { SeededRandom } from '../support/seeded-random.js';

/** Where the picture goes: `DASHBOARD_PICTURE=docs/images/dashboard.png`. */
const FILE = process.env.DASHBOARD_PICTURE;
const STEP_SEC = 2;
/** A picture for people shows waves of customers. */
const BUSINESS_SEC = FILE === undefined ? 20 : 90;
const WINDOW = '10s';
const HEIGHT_ROWS = 40;

describe.skipIf(prometheusMissing !== undefined || !chromiumAvailable)('the dashboard', () => {
  let app: INestApplication;
  let url: string;
  let prometheus: Prometheus;
  let browser: Browser;

  beforeAll(async () => {
    vi.stubEnv('TSMON_FLUSH_INTERVAL_SEC', '2');
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    const { AppModule } = await import('../../sample-app/src/app.module.js');
    app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
    prometheus = await startPrometheus(`127.0.0.1:${port}`, '/internal/tsmon');
    browser = await startChromium();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await prometheus?.stop();
    await app?.close();
    vi.unstubAllEnvs();
  });

  /** Customers come in waves. */
  async function doBusiness(untilMs: number): Promise<void> {
    const random = new SeededRandom(7);
    for (let step = 0; Date.now() < untilMs; step++) {
      const customers = 2 + Math.round(8 * (1 + Math.sin(step / 60)) * random.next());
      await Promise.all(Array.from({ length: customers }, () => visit(random)));
      await sleep(100);
    }
  }

  async function visit(random: SeededRandom): Promise<void> {
    const path = random.oneOf([
      '/items/lamp',
      '/items/lamp',
      '/items/chair',
      '/orders',
      '/nowhere',
    ]);
    const body = JSON.stringify({ item: 'lamp', quantity: 1 + random.below(3) });
    const headers = { 'content-type': 'application/json' };
    const order = { method: 'POST', headers, body };
    const response = await fetch(url + path, path === '/orders' ? order : {});
    await response.text();
  }

  it(
    'draws what a real Prometheus has scraped',
    async () => {
      const fromSec = Date.now() / 1000;
      await doBusiness(Date.now() + BUSINESS_SEC * 1000);
      const { panels } = await printed<GrafanaDashboard>(
        '--format',
        'grafana',
        '--url',
        `${url}/internal/tsmon`,
      );
      const drawn: DrawnPanel[] = [];
      for (const { targets = [], ...panel } of panels) {
        const answers = targets.map(async ({ expr }) => {
          const query = expr.replaceAll('$__rate_interval', WINDOW).replace(/"\$\w+"/g, '".*"');
          return prometheus.range(query, fromSec + 12, Date.now() / 1000, STEP_SEC);
        });
        drawn.push({ ...panel, lines: (await Promise.all(answers)).flat() });
      }
      const withData = drawn.filter(({ lines }) => lines.some(({ points }) => points.length > 1));
      expect(withData.length).toBeGreaterThan(20);
      const page = await browser.newPage();
      await page.setViewport({ width: 1224, height: HEIGHT_ROWS * 26 });
      await page.setContent(pageOf(drawn));
      expect(await page.$$eval('polyline, rect', all => all.length)).toBeGreaterThan(50);
      if (FILE !== undefined) {
        await page.screenshot({ path: FILE as `${string}.png` });
      }
    },
    (BUSINESS_SEC + 60) * 1000,
  );
});
