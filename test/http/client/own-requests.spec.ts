import { Agent as HttpAgent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import {
  HousekeepingService,
  IntGauge,
  Registry,
  registerGlobalCallback,
  TsmonModule,
  TsmonService,
} from '../../../lib/entry/index.js';
import type { Monitor, SendResult } from '../../../lib/monitors/monitor.js';
import { isOwnRequest, OwnWork } from '../../../lib/own-work.js';
import {
  TaskNumAllocator,
  type AssignmentOptions,
  type AssignmentReport,
} from '../../../lib/task-numbers/task-num-allocator.js';
import { answering, ask, closedPort, endAfterEach, keepAlive, serve } from './backend.js';
import { counted, statuses, watch } from './watched.js';

const ownWork = new OwnWork();

endAfterEach();

/** Sends over HTTP, both ways. */
class HttpMonitor implements Monitor {
  readonly chunkSize = 0;
  readonly calls = new Set<string>();
  constructor(private readonly url: string) {}

  async send(): Promise<SendResult> {
    this.calls.add('send');
    await sleep(1);
    await (await fetch(this.url, { method: 'POST', body: 'cells' })).text();
    await ask(this.url);
    return { rejected: [] };
  }

  async close(): Promise<void> {
    this.calls.add('close');
    await ask(this.url);
  }
}

class HttpAllocator extends TaskNumAllocator {
  readonly expirationSec = 600;
  readonly seen: unknown[] = [];
  released: unknown[] = [];
  constructor(private readonly url: string) {
    super();
  }

  async notifyTaskIsAlive(): Promise<number> {
    await ask(this.url);
    return 3;
  }

  async assignTaskNumbers(options?: AssignmentOptions): Promise<AssignmentReport> {
    this.seen.push(options);
    await ask(this.url);
    await options?.whileHeld?.(() => true);
    await ask(this.url);
    return { skipped: false, targets: 1, instances: 1, assigned: 0, expired: 0, durationMs: 1 };
  }

  async release(...args: unknown[]): Promise<void> {
    this.released = args;
    await ask(this.url);
  }
}

describe('own calls', () => {
  it('make no AsyncLocalStorage before requests are watched', async () => {
    expect(await ownWork.runUncounted(async () => isOwnRequest())).toBe(false);
  });

  it('are not counted, while those of the application beside them are', async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    const agent = keepAlive();
    const both = async (): Promise<void> => {
      await (await fetch(backend.url)).text();
      await ask(backend.url, { agent });
    };
    await Promise.all([ownWork.runUncounted(both), both(), ownWork.runUncounted(both), both()]);
    await both();
    expect(statuses(watched)).toEqual([
      `200 ${backend.name} http: 3`,
      `200 ${backend.name} undici: 3`,
    ]);
  });

  it('are told apart if they wait for one another on one connection', async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    const agent: HttpAgent = keepAlive({ maxSockets: 1 });
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0
          ? ownWork.runUncounted(() => ask(backend.url, { agent }))
          : ask(backend.url, { agent }),
      ),
    );
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 10`]);
  });

  it('are not counted when they fail', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const watched = watch();
    await expect(ownWork.runUncounted(() => fetch(url))).rejects.toThrow('fetch failed');
    await expect(ownWork.runUncounted(() => ask(url))).rejects.toThrow('ECONNREFUSED');
    await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
    expect(await counted(watched, 1)).toEqual([`0 ${url.slice(7)} http: 1`]);
  });

  it("end where the application's code is called", async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    await ownWork.runUncounted(async () => {
      await ask(backend.url);
      await ownWork.run(() => ask(backend.url));
      await ask(backend.url);
    });
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 1`]);
  });
});

describe('requests of a monitor and an allocator', () => {
  it('are not counted, but those of global callbacks under a lease are', async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    const registry = new Registry();
    const stock = new IntGauge('stock', { registry });
    registerGlobalCallback('stock', [stock], async () => {
      await ask(backend.url);
      stock.set(7);
    });
    const monitor = new HttpMonitor(backend.url);
    const allocator = new HttpAllocator(backend.url);
    const housekeeping = { cron: false };
    const options = { registry, monitor, allocator, housekeeping, runtimeStats: false };
    const app = await NestFactory.createApplicationContext(TsmonModule.forRoot(options), {
      logger: false,
    });
    expect((await app.get(TsmonService).flush()).outcome).toBe('sent');
    expect(await app.get(HousekeepingService).run()).toMatchObject({
      globalMetrics: { accepted: 1 },
    });
    await app.close();
    expect([...monitor.calls]).toEqual(['send', 'close']);
    expect(allocator.released).toHaveLength(3);
    expect(allocator.seen).toMatchObject([{ scan: 'when-needed', unlessFinishedWithinSec: 0 }]);
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 1`]);
  });
});
