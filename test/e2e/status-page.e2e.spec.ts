import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TsmonService } from '../../lib/flush/tsmon.service.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { BoolGauge, IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { NoTaskNumberError, TaskNumAllocator } from '../../lib/task-numbers/task-num-allocator.js';
import { chromiumAvailable } from '../support/chromium.js';
import { StatusBrowser } from '../support/status-page.js';
import { PLATFORMS } from '../support/test-app.js';

/** As on a service whose housekeeping has not run yet. */
class NoNumbers extends TaskNumAllocator {
  readonly expirationSec = 1800;
  notifyTaskIsAlive = () => Promise.reject(new NoTaskNumberError());
  assignTaskNumbers = () => Promise.reject(new Error('not here'));
  release = () => Promise.resolve();
}

const status = new StatusBrowser();

describe.skipIf(!chromiumAvailable)('the status page in Chromium', () => {
  const { start, open } = status;
  beforeAll(() => status.launch());
  afterAll(() => status.close());
  afterEach(() => status.endTest());

  describe.each(PLATFORMS)('on %s', platform => {
    it('shows whether the instance exports, and every metric with its cells, and requests only itself', async () => {
      const registry = new Registry();
      new IntGauge('shop/heap', { units: 'By', description: 'Memory.', registry }).set(3 * 2 ** 20);
      new BoolGauge('shop/open', { registry }).set(true);
      const waits = new CumulativeDistribution('shop/waits', {
        fields: { door: 'string', floor: 'int' },
        units: 'ms',
        registry,
      });
      waits.add(5, { door: 'left', floor: 2 });
      const app = await start({ registry }, platform);
      await app.app.get(TsmonService).flush();
      const page = await open(app);

      expect(await page.text('#state')).toBe('Exporting as task 0');
      expect(await page.text('#target')).toBe('shop / web / europe-west1 / v1');
      expect(await page.text('#figures')).toMatch(
        /Task number\s+0\s+Last flush\s+\d+ s ago\s+took [\d.]+ [mµ]?s\s+Cells accepted\s+\d+\s+of \d+\s+Next flush\s+in (\d+ s|1 min)/,
      );
      expect(await page.text('#details')).toMatch(
        /instance-1-[\da-f]{8}\s+Sent to\s+FakeMonitor\s+Numbers from\s+InMemoryTaskNumAllocator/,
      );
      expect(await page.rows()).toEqual(
        expect.arrayContaining([
          ['shop/heap IntGauge · Memory.', '', '3 MiB 3,145,728 By', ''],
          ['shop/open BoolGauge', '', 'true', ''],
          [
            'shop/waits CumulativeDistribution',
            'door left floor 2',
            expect.stringMatching(/^1 sample · [\d.]+ ms$/),
            expect.any(String),
          ],
        ]),
      );
      expect(page.complaints).toEqual([]);
      const others = page.requests.filter(
        request => !request.startsWith(app.url) && !request.startsWith('data:'),
      );
      expect(others).toEqual([]);
    });

    it('shows new values and new cells without a reload, and the rate of counters as a growing line', async () => {
      const registry = new Registry();
      const orders = new Counter('shop/orders', { fields: { status: 'string' }, registry });
      orders.add(1, { status: 'ok' });
      const page = await open(await start({ registry }, platform));
      const timer = setInterval(() => orders.add(1, { status: 'ok' }), 50);
      orders.add(7, { status: 'refused' });
      const path = `Array.from(document.querySelectorAll('tr'))
        .find(row => row.innerText.includes('status ok'))?.querySelector('path')?.getAttribute('d') ?? ''`;
      await page.until('the new cell is there', `document.body.innerText.includes('refused')`);
      await page.until('there is a line', `(${path}).split('L').length > 1`);
      await page.until('it grows', `(${path}).split('L').length > 2`);
      clearInterval(timer);
      const row = (await page.rows()).find(([, fields]) => fields === 'status ok');
      expect(Number(row?.[2])).toBeGreaterThan(20);
      expect(Number.parseFloat(row?.[3] ?? '')).toBeGreaterThan(1);
      expect(row?.[3]).toMatch(/^[\d.]+\/s$/);
      expect(page.complaints).toEqual([]);
    });

    it('flushes when the button is pressed, and shows the outcome', async () => {
      const app = await start({}, platform);
      const page = await open(app);
      expect(app.monitor.calls).toEqual([]);
      await page.page.click('#flush');
      await page.until('the result is told', `!/^(Flushing…)?$/.test(${RESULT})`);
      expect(await page.text('#flush-result')).toMatch(/^Sent \d+ cells in [\d.]+ [mµ]?s\.$/);
      expect(app.monitor.calls).toHaveLength(1);

      app.monitor.answer = () => Promise.reject(new Error('<b>no</b> monitor'));
      await page.page.click('#flush');
      await page.until('the failure is told', `${RESULT}.startsWith('Failed')`);
      expect(await page.text('#flush-result')).toContain('<b>no</b> monitor');
      await page.until('it is in the overview', `document.querySelector('#problems li')`);
      expect(await page.text('#state')).toBe('The last flush failed');
      expect(await page.text('#problems')).toContain('<b>no</b> monitor');
      expect(page.complaints).toEqual([]);
    });

    it('flushes nothing for a page of another site', async () => {
      const app = await start({}, platform);
      const other = await start({}, platform);
      const page = await open(other);
      // The page of another port is another origin; it has tokens of its own.
      await page.page.setBypassCSP(true);
      await page.page.goto(other.url);
      const flush = JSON.stringify(`${app.url}/flush`);
      await page.evaluate(`fetch(${flush}, { method: 'POST', mode: 'no-cors' }).catch(String)`);
      await page.evaluate(`new Promise(resolve => {
        const frame = Object.assign(document.createElement('iframe'), { name: 'f', onload: resolve });
        document.body.append(frame);
        const form = Object.assign(document.createElement('form'), { method: 'POST', target: 'f', action: ${flush} });
        document.body.append(form);
        form.submit();
      })`);
      expect(app.monitor.calls).toEqual([]);
      expect(app.app.get(TsmonService).status().lastFlush).toBeUndefined();
    });

    it('shows the instances of the target group after a click, and again after another one', async () => {
      const allocator = new InMemoryTaskNumAllocator();
      const task = new Task({
        serviceName: 'shop',
        jobName: 'web',
        dataCenter: 'europe-west1',
        hostName: 'v1',
      });
      const app = await start({ allocator }, platform);
      await allocator.notifyTaskIsAlive(task, '<img src=x>').catch(() => undefined);
      const page = await open(app);
      expect(page.requests.filter(request => request.includes('/instances'))).toEqual([]);
      await page.page.click('#refresh');
      await page.until('they are there', `document.querySelectorAll('#instances tbody tr')[1]`);
      const rows = (await page.text('#instances tbody')).split('\n');
      expect(rows[0]).toMatch(/^0\s+instance-1-[\da-f]{8} this one\s+\d+ s ago\s+alive$/);
      expect(rows[1]).toMatch(/^–\s+<img src=x>\s+\d+ s ago\s+waits for a number$/);

      await allocator.assignTaskNumbers();
      await page.page.click('#refresh');
      await page.until(
        'it has a number',
        `document.querySelector('#instances').innerText.match(/1\\s+<img src=x>/)`,
      );
      expect(page.complaints).toEqual([]);
    });
  });

  it('says why the instance does not export: no number', async () => {
    const app = await start({ allocator: new NoNumbers() });
    await app.app.get(TsmonService).flush();
    const page = await open(app);
    expect(await page.text('#state')).toBe('Waiting for a task number');
    expect(await page.text('#problems')).toBe('no task number assigned yet');
    expect(await page.text('#figures')).toMatch(/Task number\s+none/);
    await page.page.click('#refresh');
    await page.until('it says so', `document.body.innerText.includes('no method instances()')`);
  });

  it('says why the instance does not export: disabled', async () => {
    const page = await open(await start({ enabled: false }));
    expect(await page.text('#state')).toBe('Not exporting');
    await page.page.click('#flush');
    await page.until('the result is told', `${RESULT}.startsWith('Nothing was sent')`);
  });
});

const RESULT = `document.querySelector('#flush-result').innerText`;
