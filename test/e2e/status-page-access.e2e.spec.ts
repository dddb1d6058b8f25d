import type { SerializedAXNode } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { chromiumAvailable } from '../support/chromium.js';
import { FOCUS, StatusBrowser, TOO_WIDE } from '../support/status-page.js';

const RESULT = `document.querySelector('#flush-result').innerText`;

const status = new StatusBrowser();

describe.skipIf(!chromiumAvailable)('the status page in use, in Chromium', () => {
  const { start, open } = status;
  beforeAll(() => status.launch());
  afterAll(() => status.close());
  afterEach(() => status.endTest());

  it('can be used by keyboard alone: skip, pause, flush, search, sort, read a distribution', async () => {
    const registry = new Registry();
    const waits = new CumulativeDistribution('aaa/waits', { units: 'ms', registry });
    [1, 5, 5, 30].forEach(sample => waits.add(sample));
    const app = await start({ registry });
    const page = await open(app);
    const { keyboard } = page.page;
    const seen: string[] = [];
    while (seen.length < 30 && seen.at(-1) !== 'histogram') {
      await keyboard.press('Tab');
      seen.push(await page.evaluate(FOCUS));
      if (seen.at(-1) === 'pause') {
        await keyboard.press('Space');
      } else if (seen.at(-1) === 'flush primary' || seen.at(-1) === 'flush') {
        await keyboard.press('Enter');
      }
    }
    // The table of costs has a link for each metric.
    expect(seen.filter((focus, i) => focus !== 'link' || seen[i - 1] !== 'link')).toEqual([
      'skip',
      'pause',
      'flush',
      'search',
      'link',
      'BUTTON Metric',
      'BUTTON Fields',
      'BUTTON Value',
      'BUTTON Since page opened',
      'histogram',
    ]);
    expect(await page.evaluate(`document.querySelector('#pause').ariaPressed`)).toBe('true');
    await page.until('it was flushed', `${RESULT}.startsWith('Sent')`);

    expect(await page.text('#tip')).toMatch(/Median\s+[\d.]+/);
    expect(await page.evaluate(`document.activeElement.getAttribute('aria-describedby')`)).toBe(
      'tip',
    );
    await keyboard.press('End');
    expect(await page.text('#tip')).toMatch(/[\d.]+ to [\d.]+ ms: 1 sample, 25 %/);
    expect(await page.text('#announcer')).toMatch(/: 1 sample, 25 %$/);
    await keyboard.press('ArrowLeft');
    expect(await page.text('#tip')).toMatch(/: 2 samples, 50 %/);
    await keyboard.press('Escape');
    expect(await page.evaluate(`document.querySelector('#tip').hidden`)).toBe(true);
    expect(page.complaints).toEqual([]);
  });

  it('does not scroll sideways on a phone, and has a name for each control', async () => {
    const registry = new Registry();
    new StringGauge('aaa/' + 'long'.repeat(30), { fields: { id: 'string' }, registry }).set(
      'value'.repeat(50),
      { id: 'field'.repeat(50) },
    );
    const page = await open(await start({ registry }), { width: 360, height: 740 });
    await page.page.click('#refresh');
    await page.until('the instances are there', `document.querySelector('#instances tbody tr')`);
    expect(await page.evaluate(TOO_WIDE)).toEqual([]);
    const nodes: SerializedAXNode[] = [];
    const walk = (node: SerializedAXNode): void => {
      nodes.push(node);
      node.children?.forEach(walk);
    };
    walk((await page.page.accessibility.snapshot())!);
    const controls = nodes.filter(({ role }) => /button|searchbox|link/.test(role));
    expect(controls.length).toBeGreaterThan(5);
    expect(controls.filter(({ name }) => !name)).toEqual([]);
    const landmarks = await page.evaluate(
      `['header', 'main', 'footer', 'nav[aria-label]', 'h1', 'table caption', '[aria-live=polite]']
        .filter(selector => !document.querySelector(selector))`,
    );
    expect(landmarks).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has enough contrast in %s', async scheme => {
    const page = await open(await start(), { scheme });
    const [ink, soft, paper] = await page.evaluate<[string, string, string]>(
      `[getComputedStyle(document.documentElement).color,
        getComputedStyle(document.querySelector('.why')).color,
        getComputedStyle(document.documentElement).backgroundColor]`,
    );
    expect(contrast(ink, paper)).toBeGreaterThan(12);
    expect(contrast(soft, paper)).toBeGreaterThan(4.5);
    expect(luminance(paper) > 0.5).toBe(scheme === 'light');
  });
});

/** As WCAG has it, of colours `rgb(1, 2, 3)`. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(part => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
