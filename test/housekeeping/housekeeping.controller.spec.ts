import {
  ForbiddenException,
  Injectable,
  Logger,
  Module,
  UnauthorizedException,
  VersioningType,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { map, of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  InMemoryTaskNumAllocator,
  Registry,
  TsmonModule,
  type HousekeepingAuth,
} from '../../lib/entry/index.js';
import type { Platform } from '../../lib/platform/platform.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../support/test-app.js';
import { HelloController } from '../support/hello-controller.js';

const PATH = '/internal/cron/ts_mon/housekeeping';
const CRON_HEADER = { 'X-Appengine-Cron': 'true' };

const apps: INestApplication[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map(app => app.close()));
});

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

@Injectable()
class WrappingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: { handle(): ReturnType<typeof of> }) {
    return next.handle().pipe(map(data => ({ data })));
  }
}

interface Given {
  readonly onAppEngine?: boolean;
  readonly auth?: HousekeepingAuth;
  readonly controller?: boolean;
  readonly allocator?: InMemoryTaskNumAllocator;
  readonly providers?: NonNullable<Parameters<typeof startApp>[0]['providers']>;
  readonly configure?: (app: INestApplication) => void;
}

async function start(platform: HttpPlatform, given: Given): Promise<string> {
  const {
    auth,
    controller,
    onAppEngine = false,
    allocator = new InMemoryTaskNumAllocator(),
  } = given;
  @Module({
    imports: [
      TsmonModule.forRoot({
        registry: new Registry(),
        monitor: new FakeMonitor(),
        allocator,
        runtimeStats: false,
        housekeeping: { cron: false, controller, auth },
      }),
    ],
    controllers: [HelloController],
    providers: given.providers ?? [],
  })
  class AppModule {}
  const { app, url } = await startApp(
    { imports: [AppModule] },
    platform,
    given.configure,
    builder =>
      builder.overrideProvider('TSMON_PLATFORM').useValue({
        name: onAppEngine ? 'app-engine-standard' : 'cloud-run',
        onGoogleCloud: true,
        throttlesCpu: true,
        trustsAppEngineHeaders: onAppEngine,
        service: 'web',
        version: 'v1',
        instanceId: 'i',
      } satisfies Platform),
  );
  apps.push(app);
  return url + PATH;
}

async function call(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe.each(PLATFORMS)('GET /internal/cron/ts_mon/housekeeping on %s', platform => {
  it('H1 on App Engine the header of its cron opens it', async () => {
    const url = await start(platform, { onAppEngine: true });
    expect(await call(url, CRON_HEADER)).toMatchObject({
      status: 200,
      body: { skipped: false, targets: 1, instances: 1, globalMetrics: { accepted: 0 } },
    });
  });

  it.each<Record<string, string>>([
    {},
    { 'X-Appengine-Cron': 'false' },
    { 'X-CloudScheduler': 'true' },
  ])('H1 on App Engine the headers %j do not', async headers => {
    const url = await start(platform, { onAppEngine: true });
    expect((await call(url, headers)).status).toBe(403);
  });

  it.each([undefined, 'app-engine', 'closed'] as const)(
    'H1 outside App Engine the header of its cron does not open it, with auth %s',
    async auth => {
      const url = await start(platform, { auth });
      expect((await call(url, CRON_HEADER)).status).toBe(403);
    },
  );

  it.each<[HousekeepingAuth, string]>([
    ['app-engine', 'this is not App Engine standard'],
    ['none', 'Everybody may call'],
  ])('H1 warns in the log about auth %s', async (auth, warning) => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await start(platform, { auth });
    const warnings = warn.mock.calls.flat().join('\n');
    warn.mockRestore();
    expect(warnings).toContain(warning);
  });

  it('H1 a guard of the application decides, given as an instance', async () => {
    const guard: CanActivate = {
      canActivate: context =>
        of(
          context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers[
            'x-key'
          ] === 'sesame',
        ),
    };
    const url = await start(platform, { auth: { guard } });
    expect((await call(url)).status).toBe(403);
    expect((await call(url, { 'X-Key': 'sesame' })).status).toBe(200);
  });

  it('H1 a guard may be a class, of the application or not, and may throw', async () => {
    @Injectable()
    class Keys {
      readonly key = 'sesame';
    }
    @Injectable()
    class KeyGuard implements CanActivate {
      constructor(private readonly keys: Keys) {}
      canActivate(context: ExecutionContext): boolean {
        const { headers } = context.switchToHttp().getRequest();
        if (headers['x-key'] !== this.keys.key) {
          throw new UnauthorizedException();
        }
        return true;
      }
    }
    const url = await start(platform, { auth: { guard: KeyGuard }, providers: [Keys, KeyGuard] });
    expect((await call(url)).status).toBe(403);
    expect((await call(url, { 'X-Key': 'sesame' })).status).toBe(200);
    const refusing = await start(platform, { auth: { guard: RefusingGuard } });
    expect((await call(refusing)).status).toBe(403);
  });

  it("H1 with auth 'none' anybody may call it", async () => {
    expect((await call(await start(platform, { auth: 'none' }))).status).toBe(200);
  });

  it('H3 answers 500 if the run failed, without the reason', async () => {
    const allocator = new InMemoryTaskNumAllocator();
    const url = await start(platform, { auth: 'none', allocator });
    allocator.assignTaskNumbers = () => Promise.reject(new Error('secret backend'));
    const answer = await call(url);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it('answers at exactly its path, whatever prefix, version, guard and interceptor the application has', async () => {
    const url = await start(platform, {
      auth: 'none',
      providers: [
        { provide: APP_GUARD, useClass: RefusingGuard },
        { provide: APP_INTERCEPTOR, useClass: WrappingInterceptor },
      ],
      configure: app => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
    });
    expect(await call(url)).toMatchObject({ status: 200, body: { skipped: false } });
  });

  it('does not exist with controller: false', async () => {
    const url = await start(platform, { auth: 'none', controller: false });
    expect((await call(url)).status).toBe(404);
  });
});
