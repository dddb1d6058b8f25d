import { request } from 'node:http';
import {
  Catch,
  ForbiddenException,
  Injectable,
  Logger,
  Module,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { map } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, type Clock } from '../../lib/clock/clock.js';
import {
  InMemoryTaskNumAllocator,
  Registry,
  TsmonModule,
  type OidcAuth,
} from '../../lib/entry/index.js';
import { GoogleTokens } from '../../lib/routes/google-tokens.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../support/test-app.js';
import { ACCOUNT, AUDIENCE, FakeGoogle } from './fake-google.js';
import { hostileHeaders } from './hostile-tokens.js';
import { HelloController } from '../support/hello-controller.js';

const ROUTES = ['/internal/cron/ts_mon/housekeeping', '/internal/tsmon'] as const;
const OIDC: OidcAuth = {
  audience: AUDIENCE,
  serviceAccounts: ['other@shop.iam.gserviceaccount.com', ACCOUNT],
};
const LEVELS = ['log', 'warn', 'error', 'debug', 'verbose', 'fatal'] as const;

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getClass() !== HelloController) {
      throw new ForbiddenException('the guard of the application');
    }
    return true;
  }
}

@Injectable()
class WrappingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Catch()
class SwallowingFilter implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse().status(418).send('the filter of the application');
  }
}

// They start many applications, and make keys.
vi.setConfig({ testTimeout: 60_000 });

let google: FakeGoogle;
beforeAll(async () => {
  google = await FakeGoogle.start();
});
afterAll(() => google.stop());

let lines: string[];
beforeEach(() => {
  lines = [];
  google.asked = 0;
  google.answer = response => google.publish(response);
  for (const level of LEVELS) {
    vi.spyOn(Logger.prototype, level).mockImplementation((...said: unknown[]) => {
      lines.push(said.map(one => (one instanceof Error ? one.stack : String(one))).join(' '));
    });
  }
});

const apps: INestApplication[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(apps.splice(0).map(app => app.close()));
});

/** An application with all that could stand in the way of our routes. */
async function start(platform: HttpPlatform, clock: Clock = systemClock): Promise<{ url: string }> {
  @Module({
    imports: [
      TsmonModule.forRoot({
        registry: new Registry(),
        monitor: new FakeMonitor(),
        allocator: new InMemoryTaskNumAllocator(),
        runtimeStats: false,
        flush: { mode: 'background' },
        housekeeping: { cron: false, auth: { oidc: OIDC } },
        status: { enabled: true, auth: { oidc: OIDC } },
      }),
    ],
    controllers: [HelloController],
    providers: [
      { provide: APP_GUARD, useClass: RefusingGuard },
      { provide: APP_INTERCEPTOR, useClass: WrappingInterceptor },
      { provide: APP_FILTER, useClass: SwallowingFilter },
    ],
  })
  class AppModule {}
  const { app, url } = await startApp(
    { imports: [AppModule] },
    platform,
    one => {
      one.setGlobalPrefix('api');
      one.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    },
    builder => builder.overrideProvider(GoogleTokens).useValue(new GoogleTokens(clock, google.url)),
  );
  apps.push(app);
  lines.length = 0;
  return { url };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A call with any number of Authorization headers. */
function call(url: string, authorization: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false }, response => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', chunk => (body += String(chunk)))
        .on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(body) }));
    });
    if (authorization.length > 0) {
      sent.setHeader('Authorization', authorization);
    }
    sent.on('error', reject).end();
  });
}

const good = (): readonly string[] => [`Bearer ${google.token()}`];

describe.each(PLATFORMS)('auth { oidc } on %s', platform => {
  it('H1 a token of the audience and an account lets in, whatever the application puts in the way', async () => {
    const { url } = await start(platform);
    const [housekeeping, status] = await Promise.all(ROUTES.map(path => call(url + path, good())));
    expect(housekeeping).toMatchObject({ status: 200, body: { skipped: false, instances: 1 } });
    expect(status).toMatchObject({ status: 200, body: { running: true } });
    const bare = [`Bearer ${google.token({ claims: { iss: 'accounts.google.com' } })}`];
    expect((await call(url + ROUTES[1], bare)).status).toBe(200);
    expect(await (await fetch(`${url}/api/v1/hello`)).json()).toEqual({ data: 'hello' });
    expect(lines).toEqual([]);
  });

  it('H1 any other token is refused, and none is logged', async () => {
    const { url } = await start(platform);
    const wrongly: string[] = [];
    for (const [what, headers] of Object.entries(hostileHeaders(google))) {
      for (const path of ROUTES) {
        const { status, body } = await call(url + path, headers);
        if (status !== 403 || Object.keys(body).join() !== 'error') {
          wrongly.push(`${path} answers ${status} to ${what}`);
        }
      }
      for (const token of headers.flatMap(header => header.split(/[ ,.]+/))) {
        if (token.length > 20 && lines.some(line => line.includes(token))) {
          wrongly.push(`the log tells ${what}`);
        }
      }
    }
    expect(wrongly).toEqual([]);
    expect((await call(url + ROUTES[0], good())).status).toBe(200);
  });

  it('H1 many refused tokens make one log line for each reason, and one request to Google', async () => {
    const { url } = await start(platform);
    const headers = Object.values(hostileHeaders(google));
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => call(url + ROUTES[0], headers[i % headers.length]!)),
    );
    expect(lines.toSorted()).toEqual(
      [
        'Cloud Run has verified the token itself and removed its signature: use { guard } in place of { oidc }',
        'the account of the token is not in serviceAccounts',
        'the email address of the token is not verified',
        'the token has expired',
        'the token is for another audience',
        'the token is malformed, or not signed with a key of Google',
        'the token is not valid yet',
        'the token was not issued by accounts.google.com',
      ].map(reason => `Calls of ${ROUTES[0]} are refused with 403, since ${reason}`),
    );
    expect(google.asked).toBe(1);
  });

  it.each<[string, typeof google.answer]>([
    ['refuses', response => response.writeHead(404).end('no')],
    ['hangs up', response => response.destroy()],
    ['answers garbage', response => response.end('garbage')],
    ['answers a list', response => response.end('["a", "b"]')],
    [
      'answers null',
      response => response.setHeader('content-type', 'application/json').end('null'),
    ],
    ['publishes a broken key', response => response.end('{"key-1": "no key"}')],
    ['publishes a number', response => response.end('{"key-1": 1}')],
  ])('H1 fails closed while Google %s, and opens when Google has recovered', async (_, answer) => {
    google.answer = answer;
    const { url } = await start(platform);
    for (const path of ROUTES) {
      expect((await call(url + path, good())).status).toBe(403);
    }
    expect(lines.length).toBeLessThanOrEqual(2);
    google.answer = response => google.publish(response);
    for (const path of ROUTES) {
      expect((await call(url + path, good())).status).toBe(200);
    }
  });

  it('H1 fails closed within 5 s when Google does not answer, and asks again', async () => {
    const clock = new ManualClock();
    google.answer = () => {};
    const { url } = await start(platform, clock);
    for (const [i, path] of ROUTES.entries()) {
      const answer = call(url + path, good());
      await vi.waitFor(() => expect(google.asked).toBe(i + 1));
      clock.advance(5000);
      expect((await answer).status).toBe(403);
      expect(lines[i]).toContain('the certificates of Google could not be loaded: DeadlineError');
    }
    google.answer = response => google.publish(response);
    expect((await call(url + ROUTES[0], good())).status).toBe(200);
  });
});
