import { afterEach, describe, expect, it } from 'vitest';
import { Registry, TsmonService, type Exemplar, type Monitor } from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import type { Cell } from '../../lib/store/cell.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { until } from '../http/server/harness.js';
import { startStatusApp, type StatusApp } from '../support/status-page.js';
import { PLATFORMS, type HttpPlatform } from '../support/test-app.js';

const traceId = 'a'.repeat(32);
const TARGET = new Task({ serviceName: 'any', jobName: 'any' });
const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };

/** A monitor that says nothing of exemplars. */
class PlainMonitor implements Monitor {
  readonly chunkSize = 0;

  async send() {
    return { rejected: [] };
  }

  async close(): Promise<void> {}
}

let started: StatusApp | undefined;
afterEach(() => started?.app.close());

async function start(
  options: Parameters<typeof startStatusApp>[1],
  platform: HttpPlatform = 'express',
): Promise<StatusApp> {
  started = await startStatusApp(platform, options);
  const { url, registry } = started;
  await fetch(`${url}?format=json`, { headers });
  await until(() => isRecorded(registry), 'the request');
  return started;
}

function isRecorded(registry: Registry): boolean {
  const cells = storeOf(registry).snapshot(registry.instanceMetrics(), TARGET);
  return cells.some(({ metric }) => metric.name === 'http/server_durations');
}

async function flush({ app }: StatusApp): Promise<void> {
  expect(await app.get(TsmonService).flush()).toMatchObject({ outcome: 'sent' });
}

function exemplarsOf(cells: readonly Cell[] = []): readonly Exemplar[] {
  return cells.flatMap(({ exemplars = [] }) => exemplars);
}

describe('exemplars of an application', () => {
  it.each(PLATFORMS)('are sent once, on %s', async platform => {
    const app = await start({}, platform);
    const { monitor } = app;
    await flush(app);
    expect(exemplarsOf(monitor.calls.at(-1)?.cells)).toMatchObject([{ traceId }]);
    await flush(app);
    expect(exemplarsOf(monitor.calls.at(-1)?.cells)).toEqual([]);
  });

  it('are sent again if the monitor did not accept them', async () => {
    const app = await start({});
    const { monitor } = app;
    monitor.reject('retry');
    await app.app.get(TsmonService).flush();
    monitor.accept();
    await flush(app);
    expect(exemplarsOf(monitor.calls.at(-1)?.cells)).toMatchObject([{ traceId }]);
  });

  it('are not kept with exemplars: false', async () => {
    const app = await start({ exemplars: false });
    await flush(app);
    expect(exemplarsOf(app.monitor.calls.at(-1)?.cells)).toEqual([]);
  });

  it.each([
    ['not kept if no monitor takes them and there is no status page', {}, false],
    ['kept if there is a status page', { status: { enabled: true } }, true],
    ['kept if any monitor takes them', { monitor: [new PlainMonitor(), new FakeMonitor()] }, true],
    ['not kept with exemplars: false', { status: { enabled: true }, exemplars: false }, false],
  ])('are %s', async (_, options, areKept) => {
    const registry = new Registry();
    await start({ registry, monitor: new PlainMonitor(), status: {}, ...options });
    expect(storeOf(registry).keepsExemplars).toBe(areKept);
  });
});
