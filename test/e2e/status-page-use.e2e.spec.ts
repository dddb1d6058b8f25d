import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { chromiumAvailable } from '../support/chromium.js';
import { FOCUS, StatusBrowser, TOO_WIDE } from '../support/status-page.js';

const NAMES = `Array.from(document.querySelectorAll('#cells tbody .name'), name => name.textContent)`;

const status = new StatusBrowser();

describe.skipIf(!chromiumAvailable)('the status page in use, in Chromium', () => {
  const { start, open } = status;
  beforeAll(() => status.launch());
  afterAll(() => status.close());
  afterEach(() => status.endTest());

  it('shows hostile texts as text, and runs none of them', async () => {
    const registry = new Registry();
    const hostile = [
      '<img src=x onerror="window.pwned=1">',
      '</script><script>window.pwned=1</script>',
      '--><svg onload=window.pwned=1>',
      'evil\u202egnp.exe',
      'nul\u0000esc\u001b[31m',
      'half \ud800',
      '__proto__',
      'x'.repeat(1_000_000),
    ];
    const texts = new StringGauge('shop/texts', {
      description: '<img src=x onerror="window.pwned=1">',
      fields: { constructor: 'string' } as const,
      registry,
    });
    for (const text of hostile) {
      texts.set(text, { constructor: text } as never);
    }
    const page = await open(await start({ registry }));
    const rows = await page.rows();
    const shown = rows
      .filter(([, fields]) => fields?.startsWith('constructor '))
      .map(row => row[2]);
    expect(shown).toHaveLength(hostile.length);
    expect(shown.slice(0, 3)).toEqual(hostile.slice(0, 3));
    expect(shown.slice(3, 7)).toEqual([
      'evil\\u{202e}gnp.exe',
      'nul\\u{0}esc\\u{1b}[31m',
      'half \\u{d800}',
      '__proto__',
    ]);
    expect(shown[7]).toMatch(/^x{200}… \(1,024 characters\)$/);
    expect(rows.map(([name]) => name)).toContain(
      'shop/texts StringGauge · <img src=x onerror="window.pwned=1">',
    );
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(await page.evaluate(`document.querySelectorAll('main img, main script').length`)).toBe(
      0,
    );
    expect(await page.evaluate(TOO_WIDE)).toEqual([]);
    expect(page.complaints).toEqual([]);
  });

  it('finds cells by all words of a search, in names, fields and values', async () => {
    const registry = new Registry();
    const orders = new Counter('shop/orders', {
      fields: { status: 'string', n: 'int' },
      registry,
    });
    orders.add(1, { status: 'Placed', n: 1 });
    orders.add(1, { status: 'refused', n: 2 });
    new StringGauge('shop/motto', { registry }).set('Buy more lamps');
    const page = await open(await start({ registry }));
    const finds = async (words: string, expected: readonly string[]): Promise<void> => {
      await page.search(words);
      await vi.waitFor(async () => {
        const rows = await page.rows();
        expect(rows.map(row => `${row[0]?.split(' ')[0]} ${row[1]}`)).toEqual(expected);
      }, WAIT);
    };
    await finds('ORDERS placed', ['shop/orders status Placed n 1']);
    await finds('more lamps', ['shop/motto ']);
    await finds('nothing like it', []);
    expect(await page.text('#nothing')).toBe('No cell matches the search.');
  }, 60_000);

  it('sorts by each column, both ways, and announces it to screen readers', async () => {
    const registry = new Registry();
    for (const [name, value] of [
      ['a', 5],
      ['b', 300],
      ['c', 41],
    ] as const) {
      new IntGauge(`aaa/${name}`, { registry }).set(value);
    }
    const page = await open(await start({ registry, http: { enabled: false } }));
    const order = async (): Promise<string> =>
      (await page.evaluate<string[]>(NAMES))
        .filter(name => name.startsWith('aaa/'))
        .map(name => name.slice(4))
        .join('');
    const sortOf = (column: string): Promise<string | null> =>
      page.evaluate(`document.querySelector('[data-sort=${column}]').getAttribute('aria-sort')`);
    expect([await order(), await sortOf('metric')]).toEqual(['abc', 'ascending']);
    await page.page.click('[data-sort=value] button');
    expect([await order(), await sortOf('value')]).toEqual(['bca', 'descending']);
    expect(await sortOf('metric')).toBeNull();
    await page.page.click('[data-sort=value] button');
    expect([await order(), await sortOf('value')]).toEqual(['acb', 'ascending']);
    await page.page.click('[data-sort=metric] button');
    await page.page.click('[data-sort=metric] button');
    expect([await order(), await sortOf('metric')]).toEqual(['cba', 'descending']);
  });

  it('shows percentiles and the bucket under the pointer, and keeps the focus while it updates', async () => {
    const registry = new Registry();
    const waits = new CumulativeDistribution('aaa/waits', { units: 'ms', registry });
    [1, 5, 5, 30].forEach(sample => waits.add(sample));
    const page = await open(await start({ registry }));
    await page.page.focus('.histogram');
    const timer = setInterval(() => waits.add(5), 50);
    await page.until(
      'the tip is up to date',
      `/Samples\\s+\\d{2}/.test(document.querySelector('#tip').innerText)`,
    );
    clearInterval(timer);
    expect(await page.evaluate(FOCUS)).toBe('histogram');
    await page.page.hover('.histogram .bars rect:nth-child(2)');
    expect(await page.text('#tip')).toMatch(/3\.98 to 6\.31 ms: \d+ samples, [\d.]+ %/);
    await page.page.hover('#state');
    await page.evaluate('document.activeElement.blur()');
    expect(await page.evaluate(`document.querySelector('#tip').hidden`)).toBe(true);
  });

  it('sends no requests while it is paused or hidden, and goes on at once after that', async () => {
    const app = await start();
    const page = await open(app);
    const polls = (): number => page.requests.filter(url => url.includes('format=json')).length;
    await page.page.click('#pause');
    const before = polls();
    await new Promise(resolve => {
      setTimeout(resolve, SEVERAL_POLLS_MS);
    });
    expect(polls() - before).toBeLessThanOrEqual(1);
    expect(await page.text('#freshness')).toMatch(/^Paused · \d+ s old$/);
    await page.page.click('#pause');
    await page.until(
      'it is live',
      `/Live · [01] s/.test(document.querySelector('#freshness').innerText)`,
    );

    await page.evaluate(`Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'))`);
    const hidden = polls();
    await new Promise(resolve => {
      setTimeout(resolve, SEVERAL_POLLS_MS);
    });
    expect(polls() - hidden).toBeLessThanOrEqual(1);
  });

  it('says when the instance stops answering, and keeps showing its last report', async () => {
    const registry = new Registry();
    new IntGauge('aaa', { registry }).set(5);
    const app = await start({ registry });
    const page = await open(app);
    await app.app.close();
    await page.until('it says so', `!document.querySelector('#notice').hidden`);
    expect(await page.text('#notice')).toBe(
      'The instance does not answer. What is shown is old; it is asked again.',
    );
    expect((await page.rows())[0]).toEqual(['aaa IntGauge', '', '5', '']);
  });

  it('keeps showing its instance while a load balancer sends some requests to others, and then says that the instance changed', async () => {
    const app = await start({ http: { enabled: false } });
    const page = await open(app, { before: ANSWERED_BY_ANOTHER });
    const own = /instance-1-[\da-f]{8}/;
    await page.evaluate('window.others = 3');
    await page.until('they have answered', 'window.others === 0');
    expect(await page.text('#details')).toMatch(own);
    await page.evaluate('window.others = 1000');
    await page.until('it says so', `!document.querySelector('#notice').hidden`);
    expect(await page.text('#notice')).toContain('this is another one');
    expect(await page.text('#details')).not.toMatch(own);
  });

  it('shows 5,000 cells, a page of them at a time, and stays responsive', async () => {
    const registry = new Registry();
    const items = new CumulativeDistribution('shop/items', { fields: { id: 'int' }, registry });
    const orders = new Counter('shop/orders', { fields: { id: 'int' }, registry });
    const record = (): void => {
      for (let id = 0; id < 2500; id++) {
        items.add(id * Math.random(), { id });
        orders.add(1, { id });
      }
    };
    record();
    const page = await open(await start({ registry, http: { enabled: false } }), {
      before: WATCH_TASKS,
    });
    expect(await page.evaluate(`document.querySelectorAll('#cells tbody tr').length`)).toBe(50);
    expect(await page.text('#range')).toMatch(/^1–50 of 5,\d{3}$/);
    const timer = setInterval(record, 500);
    await page.page.click('#next');
    expect(await page.text('#range')).toMatch(/^51–100 of 5,\d{3}$/);
    await page.page.click('[data-sort=value] button');
    await page.search('249');
    // As a number, and in the name of a distribution: id=249, id=1249, id=2490 … 2499.
    const ids = `Array.from(document.querySelectorAll('#cells .fields'), td => td.innerText)`;
    await page.until('it is searched', `${ids}.every(id => id.includes('249'))`);
    await page.search('');
    await page.until('all are there again', `!${ids}.every(id => id.includes('249'))`);
    const reports = (): number => page.requests.filter(url => url.includes('format=json')).length;
    await vi.waitUntil(() => reports() > 4, { timeout: 60_000, interval: 100 });
    clearInterval(timer);
    const tasks = await page.evaluate<number[]>('tasks');
    if (process.env.STATUS_PICTURES) {
      process.stderr.write(`Long tasks with 5,000 cells: ${tasks.map(Math.round).join(', ')} ms\n`);
    }
    // A machine that is busy makes everything longer: this bound is far above what is measured on one that is not.
    expect(Math.max(0, ...tasks)).toBeLessThan(1000);
    expect(page.complaints).toEqual([]);
  });
});

/** In so long a page that is neither paused nor hidden asks at least twice. */
const SEVERAL_POLLS_MS = 5500;
const WAIT = { timeout: 15_000, interval: 50 };

/** So many of the next reports are those of another instance. */
const ANSWERED_BY_ANOTHER = `window.others = 0;
  const real = window.fetch;
  window.fetch = async (...given) => {
    const response = await real(...given);
    if (window.others === 0) {
      return response;
    }
    window.others--;
    return Response.json({ ...(await response.json()), instanceId: 'another' });
  };`;

/** Tasks in which the page could not answer: those that took more than 50 ms. */
const WATCH_TASKS = `window.tasks = [];
  new PerformanceObserver(list => tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask', buffered: true })`;
