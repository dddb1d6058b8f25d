import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { chromiumAvailable } from '../support/chromium.js';
import { StatusBrowser } from '../support/status-page.js';
import { PLATFORMS } from '../support/test-app.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
const ON_CLOUD_RUN = {
  K_SERVICE: 'web',
  K_REVISION: 'v1',
  K_CONFIGURATION: 'web',
  GOOGLE_CLOUD_PROJECT: 'my-shop',
  METADATA_SERVER_DETECTION: 'none',
};

const status = new StatusBrowser();

describe.skipIf(!chromiumAvailable)('the traces on the status page', () => {
  beforeAll(() => status.launch());
  afterAll(() => status.close());
  beforeEach(() => {
    for (const [name, value] of Object.entries(ON_CLOUD_RUN)) {
      vi.stubEnv(name, value);
    }
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await status.endTest();
  });

  const LINKS = `Array.from(document.querySelectorAll('.traces a'), link => link.href)`;

  it.each(PLATFORMS)('are links beside the durations of requests, on %s', async platform => {
    const app = await status.start({}, platform);
    await fetch(`${app.url}?format=json`, { headers });
    const page = await status.open(app);
    await page.until('it shows the trace', `${LINKS}.length > 0`);
    expect(await page.evaluate(LINKS)).toEqual([
      `https://console.cloud.google.com/traces/list?project=my-shop&tid=${TRACE}`,
    ]);
  });

  it('are absent with exemplars: false', async () => {
    const app = await status.start({ exemplars: false }, 'express');
    await fetch(`${app.url}?format=json`, { headers });
    const page = await status.open(app);
    expect(await page.evaluate(LINKS)).toEqual([]);
    expect(await (await fetch(`${app.url}?format=json`)).text()).not.toContain(TRACE);
  });
});
