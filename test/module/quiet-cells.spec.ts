import { describe, expect, it } from 'vitest';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { closeAppsAfterEach, ownOptions, startWith } from '../complaints/app.js';
import { Receiver } from '../flush/quiet-cells.js';

closeAppsAfterEach();

async function startShop() {
  const receiver = new Receiver();
  const { monitor: _, ...options } = ownOptions();
  const started = await startWith({ ...options, monitor: receiver }, { clock: new ManualClock() });
  const { registry } = options;
  const latency = new CumulativeDistribution('latency', { registry, fields: { route: 'string' } });
  /** The distributions of the test alone: the library has metrics of its own. */
  const sent = (): string[][] =>
    receiver.calls.map(names => names.filter(name => name.startsWith('latency')));
  return { ...started, latency, receiver, sent };
}

describe('F12 distributions that have not changed', () => {
  it('are left out by TsmonService.flush()', async () => {
    const { service, latency, sent } = await startShop();
    latency.add(1, { route: 'quiet' });
    await service.flush();
    latency.add(1, { route: 'busy' });
    await service.flush();
    expect(sent()).toEqual([['latency quiet'], ['latency busy']]);
  });

  it('are left out by the flush of the shutdown, which sends what has changed', async () => {
    const { app, service, latency, receiver, sent } = await startShop();
    latency.add(1, { route: 'quiet' });
    latency.add(1, { route: 'busy' });
    await service.flush();
    latency.add(1, { route: 'busy' });
    await app.close();
    expect(sent()[0]).toEqual(['latency quiet', 'latency busy']);
    expect(sent().slice(1).flat()).toEqual(['latency busy']);
    expect(receiver.total('latency quiet')).toBe(1);
    expect(receiver.total('latency busy')).toBe(2);
  });
});
