import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { BoolGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import type { Registry } from '../../lib/metrics/registry.js';
import { TsmonService } from '../../lib/flush/tsmon.service.js';
import { chromiumAvailable, startChromium } from '../support/chromium.js';
import { SeededRandom } from '../support/seeded-random.js';
import { OpenedPage, startStatusApp, TOO_WIDE, type StatusApp } from '../support/status-page.js';

/** Where pictures go, for people to look at: `STATUS_PICTURES=/tmp/pictures`. */
const FOLDER = process.env.STATUS_PICTURES;
const PHONE = { width: 360, height: 740 };

type HttpFields = { status: 'int'; name: 'string'; is_robot: 'bool' };

/** A metric that the module has declared. */
function declared(registry: Registry, name: string): unknown {
  return registry.instanceMetrics().find(metric => metric.name === name);
}

/** A shop that is open. Returns what lets a moment of business pass. */
function business(registry: Registry): () => void {
  const random = new SeededRandom(11);
  const orders = new Counter('shop/orders', {
    description: 'Orders placed.',
    fields: { status: 'string', quantity: 'int', gift: 'bool' },
    registry,
  });
  const durations = new CumulativeDistribution('shop/page_durations', {
    description: 'Time from the request to the end of the response.',
    fields: { name: 'string', status: 'int' },
    units: 'ms',
    registry,
  });
  const sent = new FloatCounter('shop/bytes_sent', {
    description: 'Bytes of bodies sent.',
    units: 'By',
    registry,
  });
  new BoolGauge('shop/open', { description: 'Whether the shop is open.', registry }).set(true);
  new StringGauge('shop/motto', { registry }).set('Buy more lamps');
  new IntGauge('shop/queue_length', { description: 'Orders that wait.', registry }).set(0);
  const served = declared(registry, 'http/server_durations') as CumulativeDistribution<HttpFields>;
  const statuses = declared(registry, 'http/server_response_status') as Counter<HttpFields>;
  const serve = (name: string, status: number, ms: number): void => {
    served.add(ms, { status, name, is_robot: false });
    statuses.add(1, { status, name, is_robot: false });
  };
  return () => {
    for (let i = 0; i < 40; i++) {
      const status = ['placed', 'placed', 'placed', 'refused'][random.below(4)]!;
      orders.add(1, { status, quantity: 1 + random.below(3), gift: random.below(5) === 0 });
      for (const name of ['/items', '/items/:name', '/orders']) {
        const slow = random.below(12) === 0 ? 20 : 1;
        serve(name, random.below(60) === 0 ? 500 : 200, 1 + slow * 9 * random.next() + name.length);
        durations.add(2 + slow * 30 * random.next() ** 3 + name.length, { name, status: 200 });
      }
      sent.add(400 + random.below(4000));
    }
  };
}

describe.skipIf(!chromiumAvailable)('the status page is drawn', () => {
  let browser: Browser;
  let shop: StatusApp;
  let timer: NodeJS.Timeout;
  beforeAll(async () => {
    browser = await startChromium();
    shop = await startStatusApp('express', { runtimeStats: true });
    const pass = business(shop.registry);
    timer = setInterval(pass, 300);
    pass();
    await shop.app.get(TsmonService).flush();
  });
  afterAll(async () => {
    clearInterval(timer);
    await browser?.close();
    await shop?.app.close();
  });

  it.each([
    ['light', 'light', { width: 1280, height: 900 }],
    ['dark', 'dark', { width: 1280, height: 900 }],
    ['phone', 'light', PHONE],
  ] as const)('%s', async (name, scheme, size) => {
    const opened = await OpenedPage.open(browser, shop.url, { scheme, ...size });
    await opened.page.click('#refresh');
    await opened.until(
      'lines have grown',
      `document.querySelectorAll('.spark path[d*="L"]').length > 3`,
    );
    expect(await opened.evaluate(TOO_WIDE)).toEqual([]);
    if (FOLDER) {
      await new Promise(resolve => {
        setTimeout(resolve, 5000);
      });
      await opened.page.focus('.histogram');
      await opened.page.keyboard.press('ArrowRight');
      await opened.page.click('button.field');
      for (const top of [0, 0.4, 1]) {
        await opened.evaluate(`scrollTo(0, ${top} * document.documentElement.scrollHeight)`);
        await opened.page.screenshot({ path: `${FOLDER}/status-${name}-${top * 100}.png` });
      }
    }
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });
});
