import { Controller, Get, Injectable, Logger, Module, type INestApplication } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Counter,
  InMemoryTaskNumAllocator,
  IntGauge,
  registerCallback,
  TsmonModule,
  TsmonService,
} from '../../lib/entry/index.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { closeAppsAfterEach, ownOptions, startWith, type OwnOptions } from '../complaints/app.js';
import { pass, settle } from '../support/settle.js';
import { PLATFORMS, startApp } from '../support/test-app.js';
import { forever, SECOND_MS, Gate } from './gate.js';

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => {
    warnings.push(text);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});
closeAppsAfterEach();

describe('a flush under way when the shutdown begins', () => {
  it.each([2, 9])(
    'F6 is given up, and the next one sends, with shutdown.timeoutSec %i below flush.timeoutSec',
    async timeoutSec => {
      const options = {
        ...ownOptions(),
        flush: { mode: 'background', timeoutSec: 30 },
        shutdown: { timeoutSec },
      } satisfies OwnOptions;
      const { monitor, registry } = options;
      // The time stands still: nothing waits for a deadline.
      const { app, service } = await startWith(options, { clock: new ManualClock() });
      new Counter('orders', { registry }).add(3);
      let signal: AbortSignal | undefined;
      monitor.answer = (_cells, given) => {
        signal = given;
        return forever();
      };
      const hanging = service.flush();
      await settle();
      monitor.answer = () => ({ rejected: [] });
      await app.close();
      expect(signal?.aborted).toBe(true);
      expect(await hanging).toMatchObject({
        outcome: 'failed',
        reasons: ['Error: The flush was given up, since the application shuts down.'],
      });
      expect(monitor.valuesOf('orders')).toEqual([3, 3, 3]);
    },
  );

  it('F6 is given up by the last flush, too', async () => {
    const options = { ...ownOptions(), flush: { mode: 'background', timeoutSec: 30 } } as const;
    const { monitor, registry } = options;
    const orders = new Counter('orders', { registry });
    const gate = new Gate();
    @Injectable()
    class Drains {
      beforeApplicationShutdown(): Promise<void> {
        return gate.pass();
      }
    }
    const { app, service } = await startWith(options, {
      clock: new ManualClock(),
      providers: [Drains],
    });
    const closing = app.close();
    await gate.wasEntered;
    orders.add(5);
    monitor.answer = forever;
    const hanging = service.flush();
    await settle();
    monitor.answer = () => ({ rejected: [] });
    gate.open();
    await closing;
    expect((await hanging).outcome).toBe('failed');
    expect(monitor.valuesOf('orders')).toEqual([5, 5]);
  });
});

describe.each(PLATFORMS)('the first flush of a shutdown on %s', platform => {
  it('F6 runs the callbacks while the database is open, and is sent before slow modules have shut down', async () => {
    const options = ownOptions();
    const { monitor, registry } = options;
    const depth = new IntGauge('depth', { registry });
    const gate = new Gate();
    @Injectable()
    class Database {
      isOpen = true;
      async onModuleDestroy(): Promise<void> {
        this.isOpen = false;
        await gate.pass();
      }
    }
    const database = new Database();
    const { app } = await startWith(options, {
      platform,
      providers: [{ provide: Database, useValue: database }],
    });
    const errors = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    registerCallback(
      async () => {
        await settle();
        if (!database.isOpen) {
          throw new Error('The database is closed.');
        }
        depth.set(7);
      },
      { registry },
    );
    const closing = app.close();
    await gate.wasEntered;
    await vi.waitFor(() => expect(monitor.valuesOf('depth')).toEqual([7]));
    gate.open();
    await closing;
    expect(monitor.valuesOf('depth')).toEqual([7, 7]);
    expect(errors).not.toHaveBeenCalled();
  });

  it('F6 does not wait for slow callbacks beyond their share', async () => {
    const options = ownOptions();
    const clock = new ManualClock();
    const gate = new Gate();
    @Injectable()
    class Slow {
      onModuleDestroy(): Promise<void> {
        return gate.pass();
      }
    }
    const { app } = await startWith(options, { platform, clock, providers: [Slow] });
    registerCallback(forever, { registry: options.registry });
    const closing = app.close();
    await settle();
    clock.advance(0.9 * SECOND_MS);
    await gate.wasEntered;
    gate.open();
    await vi.waitFor(async () => {
      clock.advance(SECOND_MS);
      expect(options.monitor.closed).toBe(true);
    });
    await closing;
  });
});

describe('the one deadline of a shutdown', () => {
  it.each([
    ['by default', undefined, 9],
    ['of two seconds', { timeoutSec: 2 }, 2],
  ])('F6 %s bounds all of it, with everything hanging', async (_, shutdown, timeoutSec) => {
    const clock = new ManualClock();
    const allocator = new InMemoryTaskNumAllocator();
    const options = { ...ownOptions(), allocator, shutdown };
    const { monitor } = options;
    const { app, service } = await startWith(options, { clock });
    monitor.answer = forever;
    monitor.close = forever;
    let releasedAtMs = Number.POSITIVE_INFINITY;
    const startMs = clock.now();
    allocator.release = () => {
      releasedAtMs = clock.now() - startMs;
      return forever();
    };
    void service.flush();
    const closing = app.close().then(() => clock.now() - startMs);
    for (let passedMs = 0; passedMs < 15 * SECOND_MS; passedMs += 10) {
      await settle();
      clock.advance(10);
    }
    expect(await closing).toBeLessThan(timeoutSec * SECOND_MS);
    // The release has a tenth of it left.
    expect(releasedAtMs).toBeLessThanOrEqual(0.85 * timeoutSec * SECOND_MS);
  });

  it.each(PLATFORMS)(
    'F6 the last flush and the release do not wait for requests that stay open, on %s',
    async platform => {
      const gate = new Gate();
      const clock = new ManualClock();
      const allocator = new InMemoryTaskNumAllocator();
      const options = { ...ownOptions(), allocator };
      const { monitor, registry } = options;
      const orders = new Counter('orders', { registry });
      @Controller()
      class Slow {
        @Get('slow')
        async slow(): Promise<string> {
          await gate.pass();
          return 'late';
        }
      }
      const { app, url } = await startWith(options, { platform, clock, controllers: [Slow] });
      const released = vi.spyOn(allocator, 'release');
      const answer = fetch(`${url}/slow`);
      await gate.wasEntered;
      const closing = app.close();
      await settle();
      orders.add(4);
      await pass(clock, 5 * SECOND_MS);
      expect(released).not.toHaveBeenCalled();
      await pass(clock, SECOND_MS);
      expect(monitor.valuesOf('orders')).toEqual([4]);
      expect(released).toHaveBeenCalledTimes(1);
      expect(warnings).toContainEqual(
        expect.stringMatching(/^The shutdown has taken 5.4 s so far, since requests are open/),
      );
      const sends = monitor.calls.length;
      gate.open();
      expect(await (await answer).text()).toBe('late');
      await closing;
      expect(monitor.calls).toHaveLength(sends);
      expect(released).toHaveBeenCalledTimes(1);
    },
  );
});

describe('after the shutdown', () => {
  let app: INestApplication;
  const options = ownOptions();

  it('F6 no flush sends, or waits', async () => {
    @Module({ imports: [TsmonModule.forRoot(options)] })
    class AppModule {}
    ({ app } = await startApp({ imports: [AppModule] }));
    const service = app.get(TsmonService);
    await app.close();
    const sends = options.monitor.calls.length;
    expect((await service.flush()).outcome).toBe('disabled');
    expect(service.status()).toMatchObject({ running: false, target: undefined });
    expect(options.monitor.calls).toHaveLength(sends);
  });

  it('F6 a callback that meets a closed database in the last flush is no error', async () => {
    const { registry, ...others } = ownOptions();
    const started = await startWith({ ...others, registry });
    const errors = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const lines = vi.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    let calls = 0;
    registerCallback(
      () => {
        calls += 1;
        if (calls > 1) {
          throw new Error('The database is closed.');
        }
      },
      { registry },
    );
    await started.app.close();
    expect(calls).toBe(2);
    expect(errors).not.toHaveBeenCalled();
    expect(lines).toHaveBeenCalledWith(
      'A metrics callback failed in the last flush, which sends what it set when the shutdown began: Error: The database is closed.',
    );
  });
});
