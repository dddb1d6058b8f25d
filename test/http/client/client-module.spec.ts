import { hasSubscribers } from 'node:diagnostics_channel';
import { Controller, Get, Logger, type INestApplication } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import {
  HousekeepingService,
  IntGauge,
  registerCallback,
  registerGlobalCallback,
  Registry,
  TaskNumAllocator,
  TsmonModule,
  TsmonService,
  type AssignmentOptions,
  type AssignmentReport,
  type HttpOptions,
  type Monitor,
  type SendResult,
} from '../../../lib/entry/index.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../../support/test-app.js';
import { cells } from '../server/cells.js';
import { until } from '../server/harness.js';
import { answering, ask, atEnd, endAfterEach, serve } from './backend.js';

endAfterEach();

/** A backend of the library's own: monitor and allocator in one, which ask it by all clients. */
class HttpBackend extends TaskNumAllocator implements Monitor {
  readonly expirationSec = 1800;
  readonly chunkSize = 10;
  calls = 0;

  constructor(private readonly url: string) {
    super();
  }

  async send(): Promise<SendResult> {
    await this.call();
    return { rejected: [] };
  }

  async close(): Promise<void> {}

  async notifyTaskIsAlive(): Promise<number> {
    await this.call();
    return 0;
  }

  async assignTaskNumbers(options?: AssignmentOptions): Promise<AssignmentReport> {
    await this.call();
    await options?.whileHeld?.(() => true);
    await this.call();
    return { skipped: false, targets: 1, instances: 1, assigned: 0, expired: 0, durationMs: 1 };
  }

  async release(): Promise<void> {
    await this.call();
  }

  private async call(): Promise<void> {
    this.calls += 1;
    await (await fetch(this.url, { method: 'POST', body: 'cells' })).text();
    await ask(this.url);
  }
}

interface Started {
  readonly app: INestApplication;
  readonly url: string;
  readonly registry: Registry;
  readonly own: HttpBackend;
}

async function start(
  http: HttpOptions | undefined,
  controllers: (new () => object)[] = [],
  platform: HttpPlatform = 'express',
  enabled = true,
): Promise<Started> {
  const registry = new Registry();
  const own = new HttpBackend((await serve(answering('ok'))).url);
  const options = {
    registry,
    monitor: own,
    allocator: own,
    enabled,
    http,
    target: { serviceName: 'shop', jobName: 'web' },
    flush: { mode: 'request' },
    housekeeping: { cron: false },
    runtimeStats: false,
  } as const;
  const started = await startApp(
    { imports: [TsmonModule.forRoot(options)], controllers },
    platform,
  );
  atEnd(() => started.app.close());
  return { ...started, registry, own };
}

const clientCells = (registry: Registry): string[] =>
  cells(registry).filter(cell => /^http\/(durations|re(quest|sponse)_)/.test(cell));

const watching = (): boolean =>
  hasSubscribers('undici:request:create') || hasSubscribers('http.client.request.start');

describe('http.client', () => {
  it.each(PLATFORMS)('counts the requests that a handler sends, on %s', async platform => {
    const other = await serve(answering('hello'));
    @Controller()
    class AskingController {
      @Get('ask')
      async ask(): Promise<string> {
        await ask(other.url);
        return (await fetch(other.url)).text();
      }
    }
    const { url, registry } = await start({ client: true }, [AskingController], platform);
    expect(await ask(`${url}/ask`)).toBe('hello');
    const ofOther = (): string[] => clientCells(registry).filter(cell => cell.includes(other.name));
    await until(() => ofOther().length === 8, 'all cells');
    expect(ofOther()).toEqual([
      `http/durations ${other.name},http: 1`,
      `http/durations ${other.name},undici: 1`,
      `http/request_bytes ${other.name},http: 1`,
      `http/request_bytes ${other.name},undici: 1`,
      `http/response_bytes ${other.name},http: 1`,
      `http/response_bytes ${other.name},undici: 1`,
      `http/response_status 200,${other.name},http: 1`,
      `http/response_status 200,${other.name},undici: 1`,
    ]);
  });

  it("does not count the library's own requests: heartbeat, sends, housekeeping", async () => {
    const { app, registry, own } = await start({ client: true });
    expect(await app.get(TsmonService).flush()).toMatchObject({ outcome: 'sent' });
    await app.get(HousekeepingService).run();
    expect(own.calls).toBeGreaterThan(3);
    expect(clientCells(registry)).toEqual([]);
    await app.close();
    expect(clientCells(registry)).toEqual([]);
  });

  it('does not count the requests of a flush in an elected request, but the others of that request', async () => {
    const other = await serve(answering('hello'));
    @Controller()
    class AskingController {
      @Get('ask')
      async ask(): Promise<string> {
        return (await fetch(other.url)).text();
      }
    }
    const { url, registry, own } = await start({ client: true }, [AskingController]);
    const before = own.calls;
    await Promise.all(Array.from({ length: 5 }, () => ask(`${url}/ask`)));
    await until(() => own.calls > before, 'the flush');
    const hosts = clientCells(registry).filter(cell => cell.includes('response_status'));
    expect(hosts).toContain(`http/response_status 200,${other.name},undici: 5`);
    // The test itself asks too, in the same process.
    expect(hosts).toContain(`http/response_status 200,${url.slice(7)},http: 5`);
    expect(hosts).toHaveLength(2);
  });

  it('counts the requests of callbacks and global callbacks of the application', async () => {
    const other = await serve(answering('7'));
    const { app, registry } = await start({ client: true });
    const length = new IntGauge('queue/length', { registry });
    const total = new IntGauge('queue/total', { registry });
    registerCallback(
      async () => {
        length.set(Number(await (await fetch(other.url)).text()));
      },
      { registry },
    );
    registerGlobalCallback('total', [total], async () => total.set(Number(await ask(other.url))));
    await app.get(TsmonService).flush();
    await app.get(HousekeepingService).run();
    const statuses = clientCells(registry).filter(cell => cell.includes('response_status'));
    expect(statuses).toEqual([
      `http/response_status 200,${other.name},http: 1`,
      `http/response_status 200,${other.name},undici: 1`,
    ]);
  });

  it.each([
    ['by default', undefined, true],
    ['with client: false', { client: false }, true],
    ['while metrics are disabled', { client: true }, false],
  ])('subscribes to nothing %s', async (_, http, enabled) => {
    const { registry } = await start(http, [], 'express', enabled);
    expect(watching()).toBe(false);
    const other = await serve(answering('hello'));
    await (await fetch(other.url)).text();
    expect(clientCells(registry)).toEqual([]);
  });

  it('works without metrics of the HTTP server', async () => {
    await start({ enabled: false, client: true });
    expect(watching()).toBe(true);
  });

  it('unsubscribes at shutdown', async () => {
    const { app } = await start({ client: true });
    expect(watching()).toBe(true);
    await app.close();
    expect(watching()).toBe(false);
  });

  it('must be true or false, and the error names the known options', async () => {
    const error = vi.spyOn(Logger, 'error').mockImplementation(() => {});
    atEnd(() => error.mockRestore());
    await expect(start({ client: 1 as never })).rejects.toThrow(
      'http.client must be true or false, got 1.',
    );
    await expect(start({ clients: true } as never)).rejects.toThrow(
      'Unknown option "clients" in http; it has enabled, ignore, client, metrics,',
    );
  });
});
