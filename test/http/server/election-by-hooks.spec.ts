import { Controller, Get, Sse, type INestApplication } from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../../lib/clock/clock.js';
import {
  Counter,
  NoTaskNumberError,
  Registry,
  TaskNumAllocator,
  type TsmonModuleOptions,
} from '../../../lib/entry/index.js';
import { FakeMonitor } from '../../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { TWO_REGISTRATIONS } from '../../support/registrations.js';
import { PLATFORMS, startApp } from '../../support/test-app.js';

@Controller()
class PageController {
  @Get('page')
  page(): object {
    return { page: 1 };
  }

  @Sse('events')
  events(): Observable<{ data: string }> {
    return of({ data: 'one' }, { data: 'two' });
  }
}

/** Assigns nothing, and answers late while it is told to. */
class LateAllocator extends TaskNumAllocator {
  readonly expirationSec = 1800;
  readonly answers: (() => void)[] = [];
  isLate = false;

  async notifyTaskIsAlive(): Promise<number> {
    if (this.isLate) {
      await new Promise<void>(resolve => this.answers.push(resolve));
    }
    throw new NoTaskNumberError();
  }

  assignTaskNumbers(): Promise<never> {
    return Promise.reject(new Error('down'));
  }

  async release(): Promise<void> {}
}

describe.each(TWO_REGISTRATIONS)('election by hooks, by %s', (_way, register) => {
  describe.each(PLATFORMS)('on %s', platform => {
    const apps: INestApplication[] = [];

    afterEach(async () => {
      await Promise.all(apps.splice(0).map(app => app.close()));
    });

    async function start(
      options: Partial<TsmonModuleOptions> = {},
      timeoutSec = 5,
      clock: Clock = systemClock,
    ) {
      const monitor = new FakeMonitor();
      const registry = new Registry();
      const { app, url } = await startApp(
        {
          imports: [
            register({
              registry,
              monitor,
              target: { serviceName: 'shop', jobName: 'web' },
              flush: { mode: 'request', timeoutSec },
              housekeeping: { cron: false },
              shutdown: { timeoutSec: 0.1 },
              runtimeStats: false,
              ...options,
            }),
          ],
          controllers: [PageController],
        },
        platform,
        undefined,
        builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
      );
      apps.push(app);
      return { app, url, monitor, registry };
    }

    it('F1 elects one request', async () => {
      const { url, monitor, registry } = await start();
      new Counter('orders', { registry }).add(3);
      let flushed: number | undefined;
      monitor.answer = async () => {
        await new Promise(resolve => setTimeout(resolve, 10));
        flushed = monitor.calls.length;
        return { rejected: [] };
      };
      expect(await (await fetch(`${url}/page`)).json()).toEqual({ page: 1 });
      expect(flushed).toBe(1); // before the response had ended
      expect(monitor.valuesOf('orders')).toEqual([3]);
      await Promise.all([1, 2, 3].map(() => fetch(`${url}/page`)));
      expect(monitor.calls).toHaveLength(1);
    });

    it('F1 elects a request that reaches no handler', async () => {
      const { url, monitor } = await start();
      expect((await fetch(`${url}/nowhere`)).status).toBe(404);
      expect(monitor.calls).toHaveLength(1);
    });

    it('F2 flushes once for a stream of events, when it ends', async () => {
      const { url, monitor } = await start();
      const text = await (await fetch(`${url}/events`)).text();
      expect(text).toContain('data: two');
      expect(monitor.calls).toHaveLength(1);
    });

    it('F2 delays the elected request by no more than timeoutSec, and nobody else', async () => {
      const { url, monitor } = await start({}, 2);
      monitor.answer = () => new Promise(() => {}); // for ever
      let answered = false;
      const elected = fetch(`${url}/page`).then(response => {
        answered = true;
        return response;
      });
      await expect.poll(() => monitor.calls.length).toBe(1);
      expect((await fetch(`${url}/page`)).status).toBe(200);
      expect(answered).toBe(false);
      const response = await elected;
      expect([response.status, await response.json()]).toEqual([200, { page: 1 }]);
      expect(monitor.calls).toHaveLength(1);
    });

    it('F1 elects a request to an ignored path only where the flush is a whole interval late', async () => {
      const clock = new ManualClock();
      const { url, monitor } = await start({ http: { ignore: ['/page'] } }, 5, clock);
      expect((await fetch(`${url}/page`)).status).toBe(200);
      clock.advance(59_000);
      expect((await fetch(`${url}/page`)).status).toBe(200);
      expect(monitor.calls).toHaveLength(0);
      clock.advance(1_000);
      expect((await fetch(`${url}/page`)).status).toBe(200);
      expect(monitor.calls).toHaveLength(1);
    });

    it('F2 delays it by a second at most while nobody assigns a number', async () => {
      const clock = new ManualClock();
      const allocator = new LateAllocator();
      const { url } = await start({ allocator }, 5, clock);
      allocator.isLate = true;
      let answered = false;
      const elected = fetch(`${url}/page`).then(response => {
        answered = true;
        return response;
      });
      await expect.poll(() => allocator.answers.length).toBe(1);
      clock.advance(999);
      expect((await fetch(`${url}/page`)).status).toBe(200);
      expect(answered).toBe(false);
      clock.advance(1);
      expect((await elected).status).toBe(200);
      allocator.isLate = false;
      allocator.answers.forEach(answer => answer());
    });

    it('F3 loses nothing when the flush fails', async () => {
      const { url, monitor, registry } = await start();
      monitor.answer = () => Promise.reject(new Error('down'));
      const orders = new Counter('orders', { registry });
      orders.add(2);
      expect((await fetch(`${url}/page`)).status).toBe(200);
      monitor.answer = () => ({ rejected: [] });
      orders.add(1);
      await apps[0]!.close();
      apps.length = 0;
      expect(monitor.valuesOf('orders').at(-1)).toBe(3);
    });
  });
});
