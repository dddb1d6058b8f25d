import { hasSubscribers } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { PerformanceObserver } from 'node:perf_hooks';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Counter,
  InMemoryTaskNumAllocator,
  Registry,
  TsmonModule,
  TsmonService,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { cases } from '../support/cases.js';
import { heapMegabytes } from '../support/heap.js';
import { TWO_REGISTRATIONS, type Register } from '../support/registrations.js';
import { PLATFORMS, type HttpPlatform } from '../support/test-app.js';

const REOPENINGS = cases(50);
/** Where clients of HTTP tell of their requests: the library listens while an application runs. */
const CHANNELS = ['undici:request:create', 'http.client.request.start'];
const TIMEOUT_MS = 120_000;

@Controller()
class HelloController {
  static entered = (): void => {};
  static slow = Promise.resolve('slow');

  @Get('hello')
  hello(): string {
    return 'hello';
  }

  @Get('slow')
  slow(): Promise<string> {
    HelloController.entered();
    return HelloController.slow;
  }
}

const apps: INestApplication[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(apps.splice(0).map(app => app.close()));
});

interface Opened {
  readonly app: INestApplication;
  readonly port: number;
}

/** As main.ts does it. */
async function open(
  platform: HttpPlatform,
  options: TsmonModuleOptions,
  register: Register = TsmonModule.forRoot.bind(TsmonModule),
): Promise<Opened> {
  @Module({ imports: [register(options)], controllers: [HelloController] })
  class AppModule {}
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false });
  apps.push(app);
  app.enableShutdownHooks(['SIGUSR2']);
  await app.listen(0, '127.0.0.1');
  return { app, port: (app.getHttpServer().address() as { port: number }).port };
}

/** What an application that has ended could have left behind in its process, and how many of each. */
function leftovers(registry: Registry): Map<string, number> {
  const counts = new Map([
    ['callbacks', registry.callbacks.size],
    ['global callbacks', registry.globalCallbacks.size],
    ['metrics', registry.instanceMetrics().length],
    ...process
      .eventNames()
      .map(name => [`listeners of ${String(name)}`, process.listenerCount(name)] as const),
  ]);
  for (const kind of process.getActiveResourcesInfo()) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** What there is more of than before. */
function grown(before: Map<string, number>, now: Map<string, number>): string[] {
  return [...now]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0))
    .map(([kind, count]) => `${kind}: ${before.get(kind) ?? 0}, now ${count}`);
}

const WAYS = TWO_REGISTRATIONS.flatMap(([way, register]) =>
  PLATFORMS.map(platform => [way, platform, register] as const),
);

describe.each(WAYS)('by %s on %s', (_way, platform, register) => {
  it(
    `an application that is closed and opened ${REOPENINGS} times leaves nothing behind`,
    async () => {
      const registry = new Registry();
      const orders = new Counter('orders', { registry });
      const monitor = new FakeMonitor();
      const agent = new Agent();
      const openAndClose = async (): Promise<void> => {
        const { app, port } = await open(
          platform,
          {
            registry,
            monitor,
            allocator: new InMemoryTaskNumAllocator(),
            flush: { mode: 'both' },
            http: { client: true },
            housekeeping: { auth: 'closed' },
            status: { enabled: true, auth: 'closed' },
          },
          register,
        );
        await answerOf(port, '/hello', agent);
        orders.add(1);
        await app.close();
        apps.length = 0;
        monitor.calls.length = 0;
      };

      for (let i = 0; i < 5; i++) {
        await openAndClose();
      }
      const before = leftovers(registry);
      const heap = await heapMegabytes();
      const observed = vi.spyOn(PerformanceObserver.prototype, 'observe');
      const disconnected = vi.spyOn(PerformanceObserver.prototype, 'disconnect');
      for (let i = 0; i < REOPENINGS; i++) {
        await openAndClose();
      }
      await vi.waitFor(() => expect(grown(before, leftovers(registry))).toEqual([]), 5000);
      expect(CHANNELS.filter(hasSubscribers)).toEqual([]);
      expect(observed).toHaveBeenCalledTimes(REOPENINGS);
      expect(disconnected).toHaveBeenCalledTimes(REOPENINGS);
      expect(orders.get()).toBe(5 + REOPENINGS);
      // An application that stays is some 2 MB, and the process itself grows by less than 3 MB.
      expect((await heapMegabytes()) - heap).toBeLessThan(3 + 0.2 * REOPENINGS);
    },
    TIMEOUT_MS,
  );

  it('F6 it ends with the last request, though clients keep connections open, and in order', async () => {
    const registry = new Registry();
    const monitor = new FakeMonitor();
    const allocator = new InMemoryTaskNumAllocator();
    const events: string[] = [];
    const release = allocator.release.bind(allocator);
    allocator.release = async (...args) => {
      events.push('number released');
      await release(...args);
    };
    monitor.answer = cells => {
      const recorded = cells.filter(({ metric }) => metric.name === 'http/server_response_status');
      events.push(
        `sent ${recorded
          .map(({ fieldValues }) => fieldValues[1])
          .toSorted()
          .join(' ')}`,
      );
      return { rejected: [] };
    };
    let answer: ((text: string) => void) | undefined;
    const entered = new Promise<void>(resolve => {
      HelloController.entered = resolve;
    });
    HelloController.slow = new Promise(resolve => {
      answer = resolve;
    });
    const { app, port } = await open(
      platform,
      {
        registry,
        monitor,
        allocator,
        flush: { mode: 'background' },
        housekeeping: { cron: false, auth: 'closed' },
        runtimeStats: false,
      },
      register,
    );
    const agent = new Agent({ keepAlive: true });
    try {
      await Promise.all([answerOf(port, '/hello', agent), answerOf(port, '/hello', agent)]);
      const slow = answerOf(port, '/slow', agent);
      await entered;
      const closed = app.close().then(() => events.push('closed'));
      await vi.waitFor(() => expect(events).toEqual(['sent /hello']));
      answer?.('slow');
      expect(await slow).toBe('slow');
      await closed;
    } finally {
      agent.destroy();
    }
    expect(events).toEqual(['sent /hello', 'sent /hello /slow', 'number released', 'closed']);
    expect(monitor.closed).toBe(true);
  });
});

async function answerOf(port: number, path: string, agent: Agent): Promise<string> {
  const sent = get({ port, host: '127.0.0.1', path, agent });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
  }
  return text;
}

describe('hot reload of a file that declares metrics', () => {
  type HotMetrics = typeof import('../support/hot-metrics.js');

  /** The file as if it had been saved again: another copy of all that it declares. */
  async function load(version: number): Promise<HotMetrics> {
    const file = `../support/hot-metrics.ts?version=${version}`;
    return (await import(/* @vite-ignore */ file)) as HotMetrics;
  }

  it('goes on with the same metrics, also across a restart of the application', async () => {
    const monitor = new FakeMonitor();
    const options: TsmonModuleOptions = {
      monitor,
      flush: { mode: 'background' },
      housekeeping: { cron: false, auth: 'closed' },
      runtimeStats: false,
    };
    const versions: HotMetrics[] = [];
    for (let version = 1; version <= 20; version++) {
      // Some tools restart the application with the file, and some do not.
      if (version % 5 === 1) {
        await apps.pop()?.close();
        await open('express', options);
      }
      const hot = await load(version);
      versions.push(hot);
      hot.orders.add(1, { item: 'lamp' });
      hot.lamps.add(1);
      expect(new hot.Checkout().pay()).toBe('paid');
    }
    expect(new Set(versions.map(({ orders }) => orders)).size).toBe(20);
    versions[0]!.lamps.add(1);
    expect(versions[19]!.orders.get({ item: 'lamp' })).toBe(41);
    monitor.calls.length = 0;
    await apps[0]!.get(TsmonService).flush();
    const cells = monitor.calls
      .flatMap(call => call.cells)
      .filter(({ metric }) => metric.name.startsWith('hot/'));
    expect(cells.map(({ metric }) => metric.name).toSorted()).toEqual([
      'hot/checkout/count',
      'hot/checkout/durations',
      'hot/orders',
    ]);
  });

  it('that declares something else under the same name is an error that shows both', async () => {
    await load(1);
    expect(() => new Counter('hot/orders', { fields: { item: 'int' } })).toThrow(
      /"hot\/orders".*item: string.*item: int|"hot\/orders".*item: int.*item: string/s,
    );
  });
});
