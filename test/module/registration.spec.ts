import { Controller, Get, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Counter,
  HOUSEKEEPING_PATH,
  InMemoryTaskNumAllocator,
  Registry,
  STATUS_PATH,
  TaskNumAllocator,
  TsmonService,
  type StatusReport,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { REGISTRATIONS } from '../support/registrations.js';
import { PLATFORMS, startApp } from '../support/test-app.js';

@Controller()
class HelloController {
  @Get(['hello', 'quiet'])
  hello(): string {
    return 'hello';
  }
}

let app: INestApplication | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe.each(REGISTRATIONS)('what works by forRoot works by %s', (_, register) => {
  it.each(PLATFORMS)('every group of options works, on %s', async platform => {
    const registry = new Registry();
    const monitor = new FakeMonitor();
    const second = new FakeMonitor();
    const allocator = new InMemoryTaskNumAllocator({ expirationSec: 240 });
    const started = await startApp(
      {
        imports: [
          register({
            target: { serviceName: 'shop', jobName: 'web' },
            instanceId: 'me',
            registry,
            enabled: false,
            monitor: [monitor, second],
            allocator,
            flush: { mode: 'background', intervalSec: 100 },
            settings: async () => ({ enabled: true, flush: { intervalSec: 90 } }),
            taskNumbers: { heartbeatSec: 60 },
            housekeeping: { cron: false, auth: 'none' },
            http: { ignore: ['/quiet'], client: true },
            limits: { cellsPerMetric: 2 },
            shutdown: { timeoutSec: 1 },
            status: { enabled: true, auth: 'none' },
            runtimeStats: true,
          }),
        ],
        controllers: [HelloController],
      },
      platform,
    );
    app = started.app;
    const { url } = started;
    const byId = new Counter('by_id', { fields: { id: 'int' }, registry });
    for (const id of [1, 2, 3]) {
      byId.add(1, { id });
    }
    await (await fetch(`${url}/hello`)).text();
    await (await fetch(`${url}/quiet`)).text();
    const housekeeping = await fetch(`${url}${HOUSEKEEPING_PATH}`);
    expect(await housekeeping.json()).toMatchObject({ skipped: false });
    const status = (await (await fetch(`${url}${STATUS_PATH}`)).json()) as StatusReport;
    expect(await app.get(TsmonService).flush()).toMatchObject({ outcome: 'sent' });

    expect(app.get(TaskNumAllocator)).toBe(allocator);
    expect(status).toMatchObject({
      running: true,
      target: { service_name: 'shop', job_name: 'web', task_num: 0 },
      instanceId: expect.stringMatching(/^me-/),
      dropped: { by_id: 1 },
    });
    expect(status.nextFlushInSec).toBeLessThanOrEqual(90);
    expect(second.calls).toHaveLength(monitor.calls.length);
    expect(monitor.valuesOf('nodejs/uptime')).not.toEqual([]);
    expect(monitor.valuesOf('http/response_status')).not.toEqual([]);
    const routes = monitor.calls
      .at(-1)!
      .cells.filter(({ metric }) => metric.name === 'http/server_response_status')
      .map(({ fieldValues }) => fieldValues[1]);
    expect(routes).toContain('/hello');
    expect(routes).not.toContain('/quiet');
  });

  it.each<[keyof TsmonModuleOptions, unknown]>([
    ['target', 1],
    ['instanceId', 1],
    ['registry', 1],
    ['enabled', 1],
    ['monitor', 1],
    ['allocator', 1],
    ['datastore', 1],
    ['flush', 1],
    ['settings', 1],
    ['taskNumbers', 1],
    ['housekeeping', 1],
    ['http', 1],
    ['limits', 1],
    ['shutdown', 1],
    ['status', 1],
    ['runtimeStats', 1],
  ])('a wrong %s fails the start with its name', async (option, value) => {
    const building = Test.createTestingModule({ imports: [register({ [option]: value })] });
    await expect(building.compile()).rejects.toThrow(option);
  });
});
