import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Counter,
  InMemoryTaskNumAllocator,
  IntGauge,
  registerCallback,
  Registry,
  TsmonModule,
} from '../../lib/entry/index.js';
import { CloudMonitoringMonitor } from '../../lib/entry/cloud-monitoring.js';
import { detectPlatform } from '../../lib/platform/platform.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { FakeCloudMonitoring } from '../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { pass } from '../support/settle.js';
import { PLATFORMS } from '../support/test-app.js';
import { closeAppsAfterEach, ownOptions, startWith, statusesOf } from './app.js';

const LONGEST_INTERVAL_SEC = 900;

@Controller()
class ShopController {
  @Get('hello')
  hello(): string {
    return 'hello';
  }
}

closeAppsAfterEach();
afterEach(() => {
  vi.restoreAllMocks();
});

describe('what users said of metrics on serverless platforms', () => {
  it('opentelemetry-js#3278 #3525 "forceFlush() does not collect": a flush by hand has all of this moment', async () => {
    const options = ownOptions();
    const { registry, monitor } = options;
    const orders = new Counter('orders', { registry });
    const queue = new IntGauge('queue', { registry });
    let length = 3;
    registerCallback(() => queue.set(length), { registry });
    const { service } = await startWith(options);
    await service.flush();
    orders.add(2);
    length = 7;
    expect(await service.flush()).toMatchObject({ outcome: 'sent' });
    expect(monitor.valuesOf('orders').at(-1)).toBe(2);
    expect(monitor.valuesOf('queue').at(-1)).toBe(7);
  });

  it('opentelemetry-js#3659 #5616 "shutdown drops the last interval": closing sends it', async () => {
    const options = ownOptions();
    const orders = new Counter('orders', { registry: options.registry });
    const { app, service } = await startWith(options);
    await service.flush();
    orders.add(1);
    await app.close();
    expect(options.monitor.valuesOf('orders').at(-1)).toBe(1);
  });

  it('opentelemetry-js#5116 "a long interval and a short process export nothing": the end exports', async () => {
    const options = {
      ...ownOptions(),
      flush: { mode: 'background', intervalSec: LONGEST_INTERVAL_SEC } as const,
    };
    const job = await NestFactory.createApplicationContext(TsmonModule.forRoot(options), {
      logger: false,
    });
    new Counter('rows', { registry: options.registry }).add(1000);
    expect(options.monitor.calls).toEqual([]);
    await job.close();
    expect(options.monitor.valuesOf('rows').at(-1)).toBe(1000);
  });

  it.each(PLATFORMS)(
    'opentelemetry-operations-python#438 -js#62 #750 "Cloud Run takes the CPU away": the flush is in a request, by no timer, on %s',
    async platform => {
      const options = { ...ownOptions(), flush: {} };
      const { monitor } = options;
      const clock = new ManualClock();
      const host = await detectPlatform({
        K_SERVICE: 'web',
        K_REVISION: 'web-1',
        K_CONFIGURATION: 'web',
        METADATA_SERVER_DETECTION: 'none',
      });
      const { url } = await startWith(options, {
        platform,
        clock,
        host,
        controllers: [ShopController],
      });
      await statusesOf(url, ['/hello']);
      const sends = monitor.calls.length;
      await pass(clock, 10 * 60_000);
      expect(monitor.calls).toHaveLength(sends);

      let accept = (): void => {};
      monitor.answer = () => new Promise(resolve => (accept = () => resolve({ rejected: [] })));
      let answered = false;
      const request = statusesOf(url, ['/hello']).then(() => (answered = true));
      await vi.waitFor(() => expect(monitor.calls).toHaveLength(sends + 1));
      expect(answered).toBe(false);
      monitor.answer = () => ({ rejected: [] });
      accept();
      await request;
    },
  );

  it('opentelemetry-operations-go#1029 -js#656 -python#219 "Points must be written in order": instances have streams of their own', async () => {
    const google = await new FakeCloudMonitoring().start();
    const allocator = new InMemoryTaskNumAllocator();
    const start = async () => {
      const registry = new Registry();
      const { service } = await startWith({
        ...ownOptions(),
        registry,
        allocator,
        target: { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' },
        monitor: new CloudMonitoringMonitor({
          projectId: 'my-shop',
          endpoint: google.endpoint,
          auth: { getRequestHeaders: async () => ({ authorization: 'Bearer of-a-test' }) },
        }),
      });
      return { service, orders: new Counter('orders', { registry }) };
    };
    try {
      const instances = await Promise.all([start(), start(), start()]);
      for (let round = 0; round < 3; round++) {
        instances.forEach(({ orders }) => orders.add(1));
        const reports = await Promise.all(instances.map(({ service }) => service.flush()));
        expect(reports.map(({ reasons }) => reasons)).toEqual([[], [], []]);
      }
      expect(google.refused).toEqual([]);
      const tasks = google.seriesOf('orders').map(({ resource }) => resource.labels.task_id);
      expect(new Set(tasks)).toEqual(new Set(['eu|v1/0', 'eu|v1/1', 'eu|v1/2']));
    } finally {
      await google.stop();
    }
  });

  it.each(PLATFORMS)(
    'opentelemetry-collector-contrib#35522 "a flush per request writes too much": one in an interval, on %s',
    async platform => {
      const options = ownOptions();
      const { url } = await startWith(options, { platform, controllers: [ShopController] });
      const statuses = await Promise.all(
        Array.from({ length: 100 }, () => statusesOf(url, ['/hello', '/nowhere'])),
      );
      expect(new Set(statuses.flat())).toEqual(new Set([200, 404]));
      expect(options.monitor.calls).toHaveLength(1);
    },
  );

  it('golang-samples#3554 "even the sample loses the last points at SIGTERM": the signal sends them', async () => {
    const options = ownOptions();
    const orders = new Counter('orders', { registry: options.registry });
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const { service } = await startWith(options, {
      configure: app => app.enableShutdownHooks(['SIGUSR2']),
    });
    await service.flush();
    orders.add(5);
    process.emit('SIGUSR2', 'SIGUSR2');
    await vi.waitFor(() => expect(kill).toHaveBeenCalledWith(process.pid, 'SIGUSR2'), 5000);
    expect(options.monitor.valuesOf('orders').at(-1)).toBe(5);
    expect(options.monitor.closed).toBe(true);
  });
});
