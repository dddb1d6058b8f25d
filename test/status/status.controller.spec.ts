import { connect } from 'node:net';
import {
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Logger,
  Module,
  VersioningType,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { map, of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CumulativeDistribution,
  InMemoryTaskNumAllocator,
  Registry,
  StringGauge,
  TaskNumAllocator,
  NoTaskNumberError,
  TsmonModule,
  TsmonService,
} from '../../lib/entry/index.js';
import type { StatusReport } from '../../lib/status/status-report.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import type { StatusOptions } from '../../lib/options/tsmon-options.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../support/test-app.js';

const PATH = '/internal/tsmon';
const JSON_TYPE = /^application\/json; charset=utf-8$/;

const apps: INestApplication[] = [];
afterEach(async () => {
  await Promise.all(apps.splice(0).map(app => app.close()));
});

@Controller()
class HelloController {
  @Get('hello')
  hello(): string {
    return 'hello';
  }
}

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

/** As on a service whose housekeeping has not run yet. */
class NoNumbers extends TaskNumAllocator {
  readonly expirationSec = 1800;
  notifyTaskIsAlive = () => Promise.reject(new NoTaskNumberError());
  assignTaskNumbers = () => Promise.reject(new Error('not here'));
  release = () => Promise.resolve();
}

interface Given {
  readonly status?: StatusOptions;
  readonly registry?: Registry;
  readonly enabled?: boolean;
  readonly allocator?: TaskNumAllocator;
  readonly providers?: NonNullable<Parameters<typeof startApp>[0]['providers']>;
  readonly configure?: (app: INestApplication) => void;
}

async function start(platform: HttpPlatform, given: Given = {}) {
  @Module({
    imports: [
      TsmonModule.forRoot({
        target: { serviceName: 'shop', jobName: 'web', dataCenter: 'here', hostName: 'v1' },
        registry: given.registry ?? new Registry(),
        monitor: new FakeMonitor(),
        allocator: given.allocator ?? new InMemoryTaskNumAllocator(),
        enabled: given.enabled,
        runtimeStats: false,
        flush: { mode: 'background' },
        housekeeping: { cron: false, controller: false },
        status: given.status,
      }),
    ],
    controllers: [HelloController],
    providers: given.providers ?? [],
  })
  class AppModule {}
  const { app, url } = await startApp({ imports: [AppModule] }, platform, given.configure);
  apps.push(app);
  return { app, url: url + PATH };
}

const OPEN: StatusOptions = { enabled: true, auth: 'none' };

async function reportFrom(url: string): Promise<StatusReport> {
  return (await (await fetch(`${url}?format=json`)).json()) as StatusReport;
}

describe.each(PLATFORMS)('GET /internal/tsmon on %s', platform => {
  it.each<StatusOptions | undefined>([undefined, {}, { enabled: false }, { auth: 'none' }])(
    'is not there with the options %j',
    async status => {
      expect((await fetch((await start(platform, { status })).url)).status).toBe(404);
    },
  );

  it.each<StatusOptions>([{ enabled: true }, { enabled: true, auth: 'closed' }])(
    'answers 403 with the options %j, and says so in the log',
    async status => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      const { url } = await start(platform, { status });
      const warnings = warn.mock.calls.flat().join('\n');
      warn.mockRestore();
      expect(warnings).toContain(
        "Nobody may call /internal/tsmon: status.auth is 'closed'. Set it to { oidc } or { guard }.",
      );
      for (const query of ['', '?format=json', '?format=prometheus', '?format=x']) {
        const response = await fetch(url + query, { headers: { 'X-Appengine-Cron': 'true' } });
        expect(response.status).toBe(403);
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(Object.keys((await response.json()) as object)).toEqual(['error']);
      }
    },
  );

  it("says in the log that with auth 'none' everybody may call it", async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await start(platform, { status: OPEN });
    const warnings = warn.mock.calls.flat().join('\n');
    warn.mockRestore();
    expect(warnings.match(/Everybody may call .*/g)).toEqual([
      "Everybody may call /internal/tsmon, since status.auth is 'none'.",
    ]);
  });

  it('a guard of the application decides, an instance or a class', async () => {
    @Injectable()
    class Keys {
      readonly key = 'sesame';
    }
    @Injectable()
    class KeyGuard implements CanActivate {
      constructor(private readonly keys: Keys) {}
      canActivate(context: ExecutionContext): boolean {
        return context.switchToHttp().getRequest().headers['x-key'] === this.keys.key;
      }
    }
    const byClass = await start(platform, {
      status: { enabled: true, auth: { guard: KeyGuard } },
      providers: [Keys, KeyGuard],
    });
    const byInstance = await start(platform, {
      status: { enabled: true, auth: { guard: new KeyGuard(new Keys()) } },
    });
    for (const { url } of [byClass, byInstance]) {
      expect((await fetch(url)).status).toBe(403);
      expect((await fetch(url, { headers: { 'X-Key': 'sesame' } })).status).toBe(200);
    }
    const refusing = await start(platform, {
      status: { enabled: true, auth: { guard: RefusingGuard } },
    });
    expect((await fetch(refusing.url)).status).toBe(403);
  });

  it('a guard that has answered by itself does no harm', async () => {
    const guard: CanActivate = {
      canActivate: context => {
        context.switchToHttp().getResponse().status(401).send('own answer');
        return false;
      },
    };
    const { url } = await start(platform, { status: { enabled: true, auth: { guard } } });
    for (let i = 0; i < 3; i++) {
      const response = await fetch(url);
      expect([response.status, await response.text()]).toEqual([401, 'own answer']);
    }
  });

  it('a guard that fails answers 500, and does not tell why', async () => {
    const guard: CanActivate = { canActivate: () => Promise.reject(new Error('secret backend')) };
    const { url } = await start(platform, { status: { enabled: true, auth: { guard } } });
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });

  it.each(['', '?format=json', '?other=1&format=json', '?format=json&format=prometheus'])(
    'answers %j with JSON',
    async query => {
      const registry = new Registry();
      const waits = new CumulativeDistribution('waits', { fields: { at: 'string' }, registry });
      waits.add(5, { at: 'door 😀 \ud800' });
      const { app, url } = await start(platform, { status: OPEN, registry });
      await app.get(TsmonService).flush();
      const response = await fetch(url + query);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(JSON_TYPE);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const report = (await response.json()) as StatusReport;
      expect(report).toMatchObject({
        running: true,
        exporting: true,
        target: {
          service_name: 'shop',
          job_name: 'web',
          data_center: 'here',
          host_name: 'v1',
          task_num: 0,
        },
        lastFlush: { outcome: 'sent', rejected: 0 },
        dropped: {},
      });
      expect(report.lastFlush!.accepted).toBeGreaterThan(0);
      expect(report.nextFlushInSec).toBeGreaterThan(0);
      expect(report.metrics.find(({ name }) => name === 'waits')?.cells).toMatchObject([
        { fields: { at: 'door 😀 \ud800' }, value: { count: 1, sum: 5 } },
      ]);
    },
  );

  it('answers format=prometheus with text that has the number of this instance', async () => {
    const registry = new Registry();
    new StringGauge('greeting', { registry }).set('hallo 😀');
    const { url } = await start(platform, { status: OPEN, registry });
    const response = await fetch(`${url}?format=prometheus`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(
      /^greeting_info\{service_name="shop",.*task_num="0",value="hallo 😀"\} 1$/m,
    );
  });

  it('tells of an instance that waits for its number', async () => {
    const registry = new Registry();
    new StringGauge('greeting', { registry }).set('hallo');
    const given = { status: OPEN, registry, allocator: new NoNumbers() };
    const { app, url } = await start(platform, given);
    await app.get(TsmonService).flush();
    const report = await reportFrom(url);
    expect(report).toMatchObject({
      running: true,
      exporting: false,
      lastFlush: { outcome: 'no-task-number' },
    });
    expect(report.target).not.toHaveProperty('task_num');
    expect(await (await fetch(`${url}?format=prometheus`)).text()).not.toContain('task_num');
  });

  it('tells of an instance whose metrics are disabled', async () => {
    const { url } = await start(platform, { status: OPEN, enabled: false });
    expect(await reportFrom(url)).toMatchObject({ running: false, exporting: false });
  });

  it.each(['?format=HTML', '?format=', '?format=__proto__', '?format[]=json&format=x'])(
    'answers %s with 400 and what there is',
    async query => {
      const { url } = await start(platform, { status: OPEN });
      const response = await fetch(url + query);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: 'There is no such format. Use html, json or prometheus.',
      });
    },
  );

  it('answers at exactly its path, whatever prefix, version, guard, interceptor and filter there is', async () => {
    const catchAll = { catch: () => undefined };
    const { url } = await start(platform, {
      status: OPEN,
      providers: [
        { provide: APP_GUARD, useClass: RefusingGuard },
        { provide: APP_INTERCEPTOR, useClass: WrappingInterceptor },
        { provide: APP_FILTER, useValue: catchAll },
      ],
      configure: app => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
    });
    expect(await reportFrom(url)).toMatchObject({ running: true });
  });

  it('answers HEAD without a body', async () => {
    const { url } = await start(platform, { status: OPEN });
    const response = await fetch(url, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('sends many cells whole, and goes on when a client hangs up amid them', async () => {
    const registry = new Registry();
    const texts = new StringGauge('texts', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 5000; id++) {
      texts.set('😀'.repeat(200), { id });
    }
    const { url } = await start(platform, { status: OPEN, registry });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise(resolve => {
      socket.once('data', resolve);
    });
    socket.destroy();
    for (const format of ['json', 'prometheus']) {
      const body = await (await fetch(`${url}?format=${format}`)).text();
      expect(body.match(/(?:😀){200}/gu)).toHaveLength(5000);
      expect(body).not.toContain('\uFFFD');
    }
    expect(
      (await reportFrom(url)).metrics.find(({ name }) => name === 'texts')?.cells,
    ).toHaveLength(5000);
  });
});

it('an application without HTTP starts with the option status', async () => {
  const { Test } = await import('@nestjs/testing');
  const testingModule = await Test.createTestingModule({
    imports: [
      TsmonModule.forRoot({ registry: new Registry(), monitor: new FakeMonitor(), status: OPEN }),
    ],
  }).compile();
  await testingModule.init();
  expect(testingModule.get(TsmonService).status().running).toBe(true);
  await testingModule.close();
});
