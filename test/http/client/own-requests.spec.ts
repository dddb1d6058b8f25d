import { Agent as HttpAgent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Monitor, SendResult } from '../../../lib/monitors/monitor.js';
import { isOwnRequest, OwnWork } from '../../../lib/own-work.js';
import { Task } from '../../../lib/targets/task.js';
import {
  TaskNumAllocator,
  type AssignmentOptions,
  type AssignmentReport,
} from '../../../lib/task-numbers/task-num-allocator.js';
import { ownAllocator, ownMonitor } from '../../../lib/module/own-backends.js';
import { answering, ask, closedPort, endAfterEach, keepAlive, serve } from './backend.js';
import { counted, statuses, watch } from './watched.js';

const signal = new AbortController().signal;
const task = new Task({ serviceName: 's', jobName: 'j' });
const ownWork = new OwnWork();

endAfterEach();

/** Sends over HTTP, both ways. */
class HttpMonitor implements Monitor {
  readonly #chunkSize = 42;
  constructor(private readonly url: string) {}

  get chunkSize(): number {
    return this.#chunkSize;
  }

  async send(): Promise<SendResult> {
    await sleep(1);
    await (await fetch(this.url, { method: 'POST', body: 'cells' })).text();
    await ask(this.url);
    return { rejected: [] };
  }

  async close(): Promise<void> {
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
  it('nothing is told apart, and no AsyncLocalStorage made, before anybody watches', async () => {
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

  it('are told apart where they wait for one another on one connection', async () => {
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

  it('end where code of the application is called', async () => {
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

describe('a monitor whose work is our own', () => {
  it('sends as before, and its requests are not counted', async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    const monitor = ownMonitor(new HttpMonitor(backend.url), ownWork);
    expect(await monitor.send([], 1, signal)).toEqual({ rejected: [] });
    await monitor.close();
    expect(statuses(watched)).toEqual([]);
  });

  it('is still of its class, and has its own chunk size', () => {
    const monitor = ownMonitor(new HttpMonitor('http://nowhere'), ownWork);
    expect(monitor).toBeInstanceOf(HttpMonitor);
    expect(monitor.constructor.name).toBe('HttpMonitor');
    expect(monitor.chunkSize).toBe(42);
  });

  it('lets through what fails at once', () => {
    const broken = ownMonitor(
      {
        chunkSize: 0,
        send: () => {
          throw new Error('at once');
        },
        close: async () => {},
      },
      ownWork,
    );
    expect(() => broken.send([], 1, signal)).toThrow('at once');
  });
});

describe('an allocator whose work is our own', () => {
  it('works as before, and of its requests only those of global callbacks are counted', async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    const inner = new HttpAllocator(backend.url);
    const allocator = ownAllocator(inner, ownWork);
    expect(await allocator.notifyTaskIsAlive(task, 'a')).toBe(3);
    await allocator.release(task, 'a', 7);
    expect(inner.released).toEqual([task, 'a', 7]);
    await allocator.assignTaskNumbers();
    expect(statuses(watched)).toEqual([]);
    const whileHeld = async (isHeld: () => boolean): Promise<void> => {
      expect(isHeld()).toBe(true);
      await ask(backend.url);
    };
    const report = await allocator.assignTaskNumbers({ scan: 'when-needed', whileHeld });
    expect(report).toMatchObject({ skipped: false, targets: 1 });
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 1`]);
  });

  it('hands on its options, and is still of its class', async () => {
    const backend = await serve(answering('ok'));
    const inner = new HttpAllocator(backend.url);
    const allocator = ownAllocator(inner, ownWork);
    await allocator.assignTaskNumbers();
    await allocator.assignTaskNumbers({ unlessFinishedWithinSec: 45 });
    expect(inner.seen).toEqual([undefined, { unlessFinishedWithinSec: 45 }]);
    expect(allocator).toBeInstanceOf(HttpAllocator);
    expect(allocator.expirationSec).toBe(600);
  });
});
