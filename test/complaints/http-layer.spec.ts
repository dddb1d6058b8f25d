import {
  Body,
  Controller,
  Get,
  Header,
  Injectable,
  Post,
  SetMetadata,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Counter, HOUSEKEEPING_PATH, STATUS_PATH, TrackMetric } from '../../lib/entry/index.js';
import { PLATFORMS, type HttpPlatform } from '../support/test-app.js';
import { closeAppsAfterEach, ownOptions, requestsIn, startWith, statusesOf } from './app.js';

@Controller('shop')
class ShopController {
  @Get('lamp')
  lamp(): string {
    return 'lamp';
  }

  @Get('locked')
  @UseGuards({ canActivate: () => false })
  locked(): void {}

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }

  @Post()
  order(@Body() body: unknown): string {
    return typeof body;
  }
}

/** What users complain of first: everything becomes `{ data: … }`. */
const wrapResponses: NestInterceptor = {
  intercept: (_context, next) => next.handle().pipe(map((data: unknown) => ({ data }))),
};

const refuseAll: CanActivate = {
  canActivate: () => {
    throw new UnauthorizedException();
  },
};

closeAppsAfterEach();

async function requests(platform: HttpPlatform): Promise<string[]> {
  const options = ownOptions();
  const { url, service } = await startWith(options, { platform, controllers: [ShopController] });
  await statusesOf(url, ['/shop/lamp', '/shop/locked', '/shop/broken', '/shop/none', '/']);
  const malformed = await fetch(`${url}/shop`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":',
  });
  await malformed.text();
  await service.flush();
  return requestsIn(options);
}

describe('what users said of adapters', () => {
  it('nestjs-prometheus#260 #461 #1493 nestjs-otel#100 "Fastify is an afterthought": both record the same, but for a body that Express reads before it looks for the route', async () => {
    const [express, fastify] = [await requests('express'), await requests('fastify')];
    expect(express).toContain('400 : 1');
    expect(fastify).toContain('400 /shop: 1');
    const others = (all: string[]): string[] => all.filter(request => !request.startsWith('400 '));
    expect(others(express)).toEqual(others(fastify));
  });

  it.each(PLATFORMS)(
    'Nestjs-OpenTelemetry#41 nest#3065 "interceptors miss what guards reject": all are recorded, on %s',
    async platform => {
      const all = await requests(platform);
      expect(all.map(request => request.replace(/^400 .*:/, '400:'))).toEqual([
        '200 /shop/lamp: 1',
        '400: 1',
        '403 /shop/locked: 1',
        '404 : 2',
        '500 /shop/broken: 1',
      ]);
    },
  );
});

describe.each(PLATFORMS)('what users said of the routes of a metrics library, on %s', platform => {
  const OWN_ROUTES = [HOUSEKEEPING_PATH, STATUS_PATH];
  const open = {
    housekeeping: { cron: false, auth: 'none' },
    status: { enabled: true, auth: 'none' },
  } as const;

  it('nestjs-prometheus#2361 "my response-wrapping interceptor turns them into something else"', async () => {
    const { url } = await startWith(
      { ...ownOptions(), ...open },
      {
        platform,
        controllers: [ShopController],
        providers: [{ provide: APP_INTERCEPTOR, useValue: wrapResponses }],
      },
    );
    expect(await (await fetch(`${url}/shop/lamp`)).json()).toEqual({ data: 'lamp' });
    expect(await (await fetch(url + HOUSEKEEPING_PATH)).json()).toHaveProperty('assigned');
    expect(await (await fetch(url + STATUS_PATH)).json()).toHaveProperty('metrics');
  });

  it('nestjs-prometheus#1997 "my global guard locks them, and I can put no guard on them"', async () => {
    const providers = [{ provide: APP_GUARD, useValue: refuseAll }];
    const controllers = [ShopController];
    const opened = await startWith(
      { ...ownOptions(), ...open },
      { platform, providers, controllers },
    );
    expect(await statusesOf(opened.url, ['/shop/lamp', ...OWN_ROUTES])).toEqual([401, 200, 200]);
    const guarded = await startWith(
      {
        ...ownOptions(),
        housekeeping: { cron: false, auth: { guard: refuseAll } },
        status: { enabled: true, auth: { guard: { canActivate: () => true } } },
      },
      { platform, providers, controllers },
    );
    expect(await statusesOf(guarded.url, OWN_ROUTES)).toEqual([403, 200]);
  });

  it('nestjs-prometheus#993 #938 #757 #2424 "I want no route at all": there is none, and metrics are sent', async () => {
    const options = { ...ownOptions(), housekeeping: { cron: false, controller: false } };
    const { url } = await startWith(options, { platform, controllers: [ShopController] });
    expect(await statusesOf(url, [...OWN_ROUTES, '/metrics', '/shop/lamp'])).toEqual([
      404, 404, 404, 200,
    ]);
    expect(options.monitor.calls).toHaveLength(1);
  });

  it('they are requests as any other: measured by their path, unless they are ignored', async () => {
    const paths = [HOUSEKEEPING_PATH, `${STATUS_PATH}?format=json`, STATUS_PATH, '/shop/lamp'];
    const measured = { ...ownOptions(), ...open };
    const one = await startWith(measured, { platform, controllers: [ShopController] });
    await statusesOf(one.url, paths);
    await one.service.flush();
    expect(requestsIn(measured)).toEqual([
      `200 ${HOUSEKEEPING_PATH}: 1`,
      `200 ${STATUS_PATH}: 2`,
      '200 /shop/lamp: 1',
    ]);
    const ignored = { ...ownOptions(), ...open, http: { ignore: [/^\/internal\//] } };
    const other = await startWith(ignored, { platform, controllers: [ShopController] });
    await statusesOf(other.url, paths);
    await other.service.flush();
    expect(requestsIn(ignored)).toEqual(['200 /shop/lamp: 1']);
  });
});

describe('what users said of decorators of metrics', () => {
  const registry = ownOptions().registry;
  /** As those of Swagger, of events and of one's own do it. */
  const Documented = (text: string): MethodDecorator => SetMetadata('swagger/apiResponse', text);

  @Controller('tracked')
  class TrackedController {
    @TrackMetric('above', { registry })
    @Documented('the lamp')
    @Get('above')
    @Header('X-Own', 'yes')
    above(): string {
      return 'above';
    }

    @Post('below')
    @Documented('the order')
    @TrackMetric('below', { registry })
    below(@Body() body: { item: string }): string {
      return body.item;
    }
  }

  @Injectable()
  class Jobs {
    @TrackMetric('job', { registry })
    @Cron('0 0 1 1 *', { name: 'yearly' })
    run(): void {}
  }

  const calls = (name: string): number | undefined =>
    new Counter(`${name}/count`, { fields: { outcome: 'string' }, registry }).get({
      outcome: 'ok',
    });

  it.each(PLATFORMS)(
    'nestjs-otel#502 #228 nestjs-prom#18 "they break Swagger, events and routes": none does, on %s',
    async platform => {
      const options = { ...ownOptions(), registry };
      const { app, url } = await startWith(options, {
        platform,
        imports: [ScheduleModule.forRoot()],
        controllers: [TrackedController],
        providers: [Jobs],
      });
      const before = ['above', 'below', 'job'].map(name => calls(name) ?? 0);
      const above = await fetch(`${url}/tracked/above`);
      expect([above.headers.get('x-own'), await above.text()]).toEqual(['yes', 'above']);
      const below = await fetch(`${url}/tracked/below`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"item":"lamp"}',
      });
      expect([below.status, await below.text()]).toEqual([201, 'lamp']);
      await app.get(SchedulerRegistry).getCronJob('yearly').fireOnTick();
      expect(['above', 'below', 'job'].map(calls)).toEqual(before.map(count => count + 1));
      const { prototype } = TrackedController;
      expect([prototype.above, prototype.below].map(method => method.name)).toEqual([
        'above',
        'below',
      ]);
      expect(Reflect.getMetadata('swagger/apiResponse', prototype.above)).toBe('the lamp');
      expect(Reflect.getMetadata('swagger/apiResponse', prototype.below)).toBe('the order');
      expect(Reflect.getMetadata('design:paramtypes', prototype, 'below')).toEqual([Object]);
    },
  );
});

describe.each(PLATFORMS)('nest#967 "add a metrics module", on %s', platform => {
  it('requests, their latency and status by endpoint, and metrics of one’s own, by one import', async () => {
    const options = ownOptions();
    const { url, service } = await startWith(options, { platform, controllers: [ShopController] });
    const orders = new Counter('shop/orders', { registry: options.registry });
    orders.add(2);
    await statusesOf(url, ['/shop/lamp', '/shop/lamp', '/shop/broken']);
    await service.flush();
    expect(requestsIn(options)).toEqual(['200 /shop/lamp: 2', '500 /shop/broken: 1']);
    const durations = options.monitor.calls
      .at(-1)!
      .cells.filter(({ metric }) => metric.name === 'http/server_durations');
    expect(durations.map(({ value }) => (value as { count: number }).count)).toEqual([2, 1]);
    expect(options.monitor.valuesOf('shop/orders').at(-1)).toBe(2);
  });
});
