import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TsmonService } from '../../lib/flush/tsmon.service.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import type { Monitor } from '../../lib/monitors/monitor.js';
import { chromiumAvailable } from '../support/chromium.js';
import {
  StatusBrowser,
  TOO_WIDE,
  type OpenedPage,
  type StatusApp,
} from '../support/status-page.js';

const WAIT = { timeout: 15_000, interval: 50 };
const SIZES = [
  ['a desktop', { width: 1280, height: 900 }],
  ['a phone', { width: 360, height: 740 }],
] as const;

const status = new StatusBrowser();

/** Asks for a page that is not there, so that there is traffic. */
async function visit({ url }: StatusApp, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await fetch(new URL('/nowhere', url));
  }
}

async function fieldsShown(page: OpenedPage): Promise<string[]> {
  return (await page.rows()).map(row => `${row[0]?.split(' ')[0]} ${row[1]}`);
}

describe.skipIf(!chromiumAvailable)('signals, filters and costs on the status page', () => {
  const { start, open } = status;
  beforeAll(() => status.launch());
  afterAll(() => status.close());
  afterEach(() => status.endTest());

  it.each(SIZES)('the golden signals are shown live on %s', async (_, size) => {
    const app = await start({ runtimeStats: true });
    await visit(app, 2);
    await app.app.get(TsmonService).flush();
    const page = await open(app, size);
    await page.until('there are routes', `document.querySelector('#routes tbody tr')`);
    expect(await page.text('#traffic')).toContain('2 requests since the start');
    expect(await page.text('#errors')).toContain('0 since the start');
    expect(await page.text('#routes tbody')).toMatch(/≤ [\d.,]+ [mµ]?s\s+–\s+–/);
    expect(await page.text('#saturation-facts')).toMatch(/Event loop busy\s+[\d.]+ %/);
    expect(await page.text('#saturation-facts')).toMatch(/Memory\s+[\d.]+ MiB/);
    await visit(app, 5);
    await page.until(
      'the rate is shown',
      `/^Traffic\\s+[\\d.]+\\/(s|min)\\s+7 requests/.test(document.querySelector('#traffic').innerText)`,
    );
    expect(await page.evaluate(TOO_WIDE)).toEqual([]);
    expect(page.complaints).toEqual([]);
  });

  it('cards say which signals are not measured', async () => {
    const page = await open(
      await start({ http: { metrics: { durations: false, status: false } } }),
    );
    expect(await page.text('#traffic')).toContain('not measured');
    expect(await page.text('#no-routes')).toBe('No requests yet');
    expect(await page.text('#saturation-facts')).toContain('not measured');
  });

  it('a click on a field adds a filter, and a click on the filter removes it', async () => {
    const registry = new Registry();
    const orders = new Counter('orders', { fields: { status: 'string', n: 'int' }, registry });
    orders.add(1, { status: 'a status', n: 1 });
    orders.add(1, { status: 'a status', n: 2 });
    orders.add(1, { status: 'other', n: 1 });
    const page = await open(await start({ registry, http: { enabled: false } }));
    const shows = (expected: readonly string[]): Promise<void> =>
      vi.waitFor(async () => expect(await fieldsShown(page)).toEqual(expected), WAIT);
    await page.page.click('#cells .field');
    await shows(['orders status a status n 1', 'orders status a status n 2']);
    await page.page.click('#cells .field:nth-child(2)');
    await shows(['orders status a status n 1']);
    expect(await page.text('#filters')).toMatch(/status=a status ×\s*n=1 ×/);
    await page.page.click('#filters .chip');
    await shows(['orders status a status n 1', 'orders status other n 1']);
    await page.page.click('#filters .chip');
    await vi.waitFor(async () => expect((await page.rows()).length).toBeGreaterThan(2), WAIT);
    expect(page.complaints).toEqual([]);
  });

  it.each(SIZES)(
    'the cells of the next flush are counted, and listed after a click, on %s',
    async (_, size) => {
      const registry = new Registry();
      const waits = new CumulativeDistribution('waits', { fields: { id: 'int' }, registry });
      waits.add(1, { id: 1 });
      const monitor: Monitor = {
        chunkSize: 0,
        send: async () => ({ rejected: [] }),
        close: async () => {},
      };
      const app = await start({ registry, monitor, http: { enabled: false } });
      await app.app.get(TsmonService).flush();
      waits.add(1, { id: 2 });
      const page = await open(app, size);
      await page.until('it is counted', `!document.querySelector('#next-flush').hidden`);
      expect(await page.text('#next-flush')).toMatch(
        /^Next flush in (\d+ s|1 min):\s+\d+ due\s+1 quiet\s+\d+ not accepted yet$/,
      );
      await page.page.click('#next-flush button:nth-of-type(2)');
      await vi.waitFor(async () => expect(await fieldsShown(page)).toEqual(['waits id 1']), WAIT);
      expect(await page.evaluate(TOO_WIDE)).toEqual([]);
      expect(page.complaints).toEqual([]);
    },
  );

  it('metrics are listed by their cost, with the sum on top and the price of the option', async () => {
    const registry = new Registry();
    new Counter('aaa', { registry }).add(1);
    new CumulativeDistribution('waits', { registry }).add(1);
    const page = await open(
      await start({
        registry,
        http: { enabled: false },
        status: { enabled: true, auth: 'none', dollarsPerMebibyte: 2 },
      }),
    );
    await page.until('it is listed', `document.querySelector('#costs tbody tr')`);
    expect(await page.text('#costs tbody tr')).toMatch(
      /^waits\s+1\s+1\s+80 B\s+3\.34 MiB\s+\$6\.69$/,
    );
    expect(await page.text('#cost-figures')).toMatch(/A month\s+\$[\d.]+/);
    expect(await page.text('#cost-figures')).toMatch(/Price of a MiB\s+\$2/);
    await page.page.click('#costs tbody button');
    await vi.waitFor(async () => expect(await fieldsShown(page)).toEqual(['waits ']), WAIT);
  });
});
