import { Logger, type CanActivate, type INestApplication } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InMemoryTaskNumAllocator, Registry, TsmonModule } from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../support/test-app.js';

const PATHS = ['/internal/cron/ts_mon/housekeeping', '/internal/tsmon'];

const apps: INestApplication[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(apps.splice(0).map(app => app.close()));
});

async function start(
  platform: HttpPlatform,
  canActivate: CanActivate['canActivate'],
  allocator = new InMemoryTaskNumAllocator(),
) {
  const clock = new ManualClock();
  const auth = { guard: { canActivate } };
  const { app, url } = await startApp(
    {
      imports: [
        TsmonModule.forRoot({
          registry: new Registry(),
          monitor: new FakeMonitor(),
          allocator,
          runtimeStats: false,
          housekeeping: { cron: false, auth },
          status: { enabled: true, auth },
        }),
      ],
    },
    platform,
    undefined,
    builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
  );
  apps.push(app);
  return { url, clock };
}

describe.each(PLATFORMS)('routes of the library on %s', platform => {
  it.each<[string, unknown]>([
    ['a text', 'yes'],
    ['a number', 1],
    ['an object', {}],
    ['a promise of one', Promise.resolve('yes')],
    ['nothing', undefined],
  ])('H1 a guard that answers with %s lets nobody in', async (_, verdict) => {
    const { url } = await start(platform, () => verdict as boolean);
    for (const path of PATHS) {
      expect((await fetch(url + path)).status).toBe(403);
    }
  });

  it('respond with an error if the answer cannot be written', async () => {
    vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const allocator = new InMemoryTaskNumAllocator();
    const { url } = await start(platform, () => true, allocator);
    const assign = allocator.assignTaskNumbers.bind(allocator);
    allocator.assignTaskNumbers = async () => {
      const report = await assign();
      return Object.assign(report, { itself: report });
    };
    const answer = await fetch(url + PATHS[0], { signal: AbortSignal.timeout(5000) });
    expect(answer.status).toBe(500);
  });

  it('H1 a guard that fails lets nobody in, and strangers do not fill the log', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const { url, clock } = await start(platform, () => {
      throw new Error('no header');
    });
    const statuses = async (): Promise<number[]> =>
      Promise.all(
        Array.from({ length: 60 }, (__, i) => fetch(url + PATHS[i % 2]!)).map(
          async response => (await response).status,
        ),
      );
    expect(new Set(await statuses())).toEqual(new Set([500]));
    expect(error.mock.calls.map(([message]) => message).toSorted()).toEqual([
      'Housekeeping failed.',
      'The status could not be read.',
    ]);
    clock.advance(30_000);
    await statuses();
    expect(error).toHaveBeenCalledTimes(4);
  });
});
