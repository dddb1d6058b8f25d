import { Controller, Get, Inject, type INestApplication } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Counter,
  NoTaskNumberError,
  Registry,
  TaskNumAllocator,
  TsmonHealthIndicator,
  TsmonModule,
  TsmonService,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { pass } from '../support/settle.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../support/test-app.js';

const MINUTE_MS = 60_000;

@Controller('health')
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(TsmonHealthIndicator) private readonly tsmon: TsmonHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([
      () => this.tsmon.isHealthy(),
      async () => this.tsmon.isHealthy('metrics'),
    ]);
  }
}

class NeverAssigns extends TaskNumAllocator {
  readonly expirationSec = 1800;
  notifyTaskIsAlive(): Promise<number> {
    return Promise.reject(new NoTaskNumberError());
  }
  async assignTaskNumbers() {
    return { skipped: true, targets: 0, instances: 0, assigned: 0, expired: 0, durationMs: 0 };
  }
  async release(): Promise<void> {}
}

const apps: INestApplication[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map(app => app.close()));
});

async function start(platform: HttpPlatform, options: TsmonModuleOptions = {}) {
  const clock = new ManualClock();
  const registry = new Registry();
  const monitor = new FakeMonitor();
  const { app, url } = await startApp(
    {
      imports: [
        TsmonModule.forRoot({
          registry,
          monitor,
          flush: { mode: 'background' },
          housekeeping: { cron: false },
          runtimeStats: false,
          ...options,
        }),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController],
    },
    platform,
    undefined,
    builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
  );
  apps.push(app);
  new Counter('orders', { registry }).add(1);
  /** What terminus answers of ours. */
  const check = async (): Promise<unknown> => {
    const response = await fetch(`${url}/health`);
    const { details } = (await response.json()) as { details: Record<string, object> };
    expect(details.metrics).toEqual(details.tsmon);
    return { http: response.status, ...details.tsmon };
  };
  return { app, clock, monitor, check };
}

describe.each(PLATFORMS)('TsmonHealthIndicator with terminus on %s', platform => {
  it('is up before the first flush, and while flushes succeed', async () => {
    const { check, clock, monitor } = await start(platform);
    expect(await check()).toEqual({ http: 200, status: 'up' });
    await pass(clock, 20 * MINUTE_MS);
    expect(monitor.calls.length).toBeGreaterThan(15);
    expect(await check()).toEqual({ http: 200, status: 'up' });
  });

  it('is down when no flush has succeeded for five intervals since the start, with the reason, until one does', async () => {
    const { app, check, clock, monitor } = await start(platform);
    monitor.answer = () => Promise.reject(new Error('UNAVAILABLE'));
    await pass(clock, 5 * MINUTE_MS);
    expect(await check()).toEqual({ http: 200, status: 'up' });
    await pass(clock, 1000);
    expect(await check()).toEqual({
      http: 503,
      status: 'down',
      reason: expect.stringMatching(
        /^No flush has succeeded for 301 s: (\d+) of \1 cells were not accepted, and the log says why\.$/,
      ),
    });
    monitor.answer = () => ({ rejected: [] });
    await app.get(TsmonService).flush();
    expect(await check()).toEqual({ http: 200, status: 'up' });
  });

  it('counts from the last success', async () => {
    const { app, check, clock, monitor } = await start(platform);
    await pass(clock, 10 * MINUTE_MS);
    await app.get(TsmonService).flush();
    monitor.answer = () => Promise.reject(new Error('down'));
    await pass(clock, 5 * MINUTE_MS);
    expect(await check()).toMatchObject({ status: 'up' });
    await pass(clock, 1000);
    expect(await check()).toMatchObject({ status: 'down' });
  });

  it('is down without a task number, and says so', async () => {
    const { check, clock } = await start(platform, { allocator: new NeverAssigns() });
    await pass(clock, 5 * MINUTE_MS + 1000);
    expect(await check()).toEqual({
      http: 503,
      status: 'down',
      reason: 'No flush has succeeded for 301 s: no task number is assigned yet.',
    });
  });

  it('does not show errors of a monitor or an allocator, which are in the log', async () => {
    const secret = `Bearer ya29.secret at 10.0.0.7\n<script>${'x'.repeat(100_000)}`;
    const allocator = new NeverAssigns();
    const { app, check, clock, monitor } = await start(platform, { allocator });
    const texts: string[] = [];
    const note = async (): Promise<void> => {
      texts.push(((await check()) as { reason: string }).reason);
    };
    allocator.notifyTaskIsAlive = () => Promise.reject(new NoTaskNumberError(secret));
    await pass(clock, 5 * MINUTE_MS + 1000);
    await note();
    allocator.notifyTaskIsAlive = () => Promise.reject(new Error(secret));
    await app.get(TsmonService).flush();
    await note();
    allocator.notifyTaskIsAlive = async () => 0;
    monitor.answer = cells => ({
      rejected: cells.map((_, index) => ({
        index,
        reason: `${index} ${secret}`,
        outcome: 'retry',
      })),
    });
    await app.get(TsmonService).flush();
    await note();
    expect(texts.map(text => text.replace(/\d+/g, 'N'))).toEqual([
      'No flush has succeeded for N s: no task number is assigned yet.',
      'No flush has succeeded for N s: the last one failed, and the log says why.',
      'No flush has succeeded for N s: N of N cells were not accepted, and the log says why.',
    ]);
  });

  it('is up with a note while metrics are disabled', async () => {
    const { check, clock } = await start(platform, { enabled: false });
    await pass(clock, 20 * MINUTE_MS);
    expect(await check()).toEqual({ http: 200, status: 'up', note: 'Metrics are disabled.' });
  });

  it('is up if requests flush and none came, and the check itself flushes then', async () => {
    const { check, clock, monitor } = await start(platform, { flush: { mode: 'request' } });
    await check();
    const flushes = monitor.calls.length;
    clock.advance(60 * MINUTE_MS);
    monitor.answer = () => Promise.reject(new Error('down'));
    expect(await check()).toEqual({ http: 200, status: 'up' });
    expect(monitor.calls).toHaveLength(flushes + 1);
    expect(await check()).toEqual({ http: 200, status: 'up' });
    for (let minute = 0; minute < 5; minute++) {
      clock.advance(MINUTE_MS);
      await check();
    }
    expect(await check()).toMatchObject({ http: 503, status: 'down' });
  });
});

it('TsmonHealthIndicator says if no flush was tried, as when a timer never fires', () => {
  const flusher = {
    isStarted: true,
    lastReport: undefined,
    silence: { isLong: true, lengthMs: 301_499 },
  };
  expect(new TsmonHealthIndicator(flusher).isHealthy('metrics')).toEqual({
    metrics: { status: 'down', reason: 'No flush has succeeded for 301 s: none was tried.' },
  });
});
