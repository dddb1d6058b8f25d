import { randomUUID } from 'node:crypto';
import { Datastore } from '@google-cloud/datastore';
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HousekeepingService } from '../../lib/housekeeping/housekeeping.service.js';
import { SampleApp, SampleApps, type Adapter } from '../support/apps.js';
import { chromiumAvailable, startChromium } from '../support/chromium.js';
import { emulatorsAvailable } from '../support/emulators.js';
import { sharedEmulator } from '../support/shared-emulator.js';
import { OpenedPage, startStatusApp, STATUS_PAGE } from '../support/status-page.js';

const apps = new SampleApps();
afterEach(() => apps.removeAll());

describe.skipIf(!chromiumAvailable)('the status page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  it.each<Adapter>(['express', 'fastify'])('of the built sample app on %s', async adapter => {
    const app = await SampleApp.start(apps, adapter);
    const item = { item: 'lamp', quantity: 1, gift: true, method: 'invoice' };
    expect((await app.order(item)).status).toBe(201);
    const page = await OpenedPage.open(browser, app.url + STATUS_PAGE);
    expect(await page.text('#state')).toBe('Exporting as task 0');
    await page.search('shop/orders');
    await page.until(
      'the order is found',
      `/quantity 1 gift true\\s+1\\b/.test(document.querySelector('#cells').innerText)`,
    );
    await page.page.click('#flush');
    await page.until(
      'it was flushed',
      `/^Sent \\d+ cells/.test(document.querySelector('#flush-result').innerText)`,
    );
    expect(page.complaints).toEqual([]);
    await page.close();
  });

  describe.skipIf(!emulatorsAvailable)('with Datastore', () => {
    let emulatorHost: string;
    beforeAll(async () => {
      emulatorHost = await sharedEmulator('firestore');
    }, 60_000);

    it('shows the instances of the target group, and who held the lease', async () => {
      const datastore = new Datastore({
        projectId: `status-page-${randomUUID()}`,
        apiEndpoint: emulatorHost,
      });
      const options = { datastore, allocator: undefined };
      const one = await startStatusApp('express', { ...options, instanceId: 'one' });
      const other = await startStatusApp('fastify', { ...options, instanceId: 'other' });
      const page = await OpenedPage.open(browser, one.url);
      // The claims are on their way when the applications have started.
      await vi.waitFor(
        async () => {
          await page.page.click('#refresh');
          expect((await page.text('#instances')).match(/waits for a number/g)).toHaveLength(2);
        },
        { timeout: 60_000, interval: 500 },
      );
      expect(await page.text('#lease')).toBe(
        'Nobody holds the housekeeping lease. No run has finished yet.',
      );

      expect(await other.app.get(HousekeepingService).run()).toMatchObject({ assigned: 2 });
      await page.page.click('#refresh');
      await page.until(
        'both are alive',
        `document.querySelector('#instances').innerText.match(/alive/g)?.length === 2`,
      );
      expect(await page.text('#instances tbody')).toMatch(
        /^0\s+one-[\da-f]{8} this one\s+\d+ s ago\s+alive\s+1\s+other-[\da-f]{8}\s+\d+ s ago\s+alive$/,
      );
      expect(await page.text('#lease')).toMatch(
        /^Nobody holds the housekeeping lease\. The last run finished \d+ s ago\. It was other-[\da-f]{8}\.$/,
      );
      expect(page.complaints).toEqual([]);
      await page.close();
      await Promise.all([one.app.close(), other.app.close()]);
    });
  });
});
