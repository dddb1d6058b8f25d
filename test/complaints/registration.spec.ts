import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Counter,
  CumulativeDistribution,
  Registry,
  TrackMetric,
  TsmonModule,
  TsmonService,
} from '../../lib/entry/index.js';
import { createTestingTsmon } from '../../lib/entry/testing.js';
import { REGISTRATIONS } from '../support/registrations.js';
import { PLATFORMS } from '../support/test-app.js';
import { closeAppsAfterEach, ownOptions, requestsIn, startWith, statusesOf } from './app.js';

closeAppsAfterEach();

describe('what users said of registering metrics', () => {
  it('nestjs-prometheus#1928 nestjs-prom#21 "metric already registered" after a hot reload or a second import', () => {
    const registry = new Registry();
    const load = () => {
      class Checkout {
        @TrackMetric('checkout', { registry })
        pay(): string {
          return 'paid';
        }
      }
      const orders = new Counter('orders', { fields: { item: 'string' }, registry });
      return { orders, checkout: new Checkout() };
    };
    const first = load();
    const second = load();
    first.orders.add(1, { item: 'lamp' });
    second.orders.add(1, { item: 'lamp' });
    expect(first.checkout.pay() + second.checkout.pay()).toBe('paidpaid');
    expect(first.orders.get({ item: 'lamp' })).toBe(2);
    expect(registry.instanceMetrics().map(({ name }) => name)).toEqual([
      'checkout/count',
      'checkout/durations',
      'orders',
    ]);
  });

  it('client_js#334 "get or create": declaring again gets it, and another declaration is an error that shows both', () => {
    const registry = new Registry();
    const declare = () => new CumulativeDistribution('waits', { units: 'ms', registry });
    declare().add(5);
    expect(declare().get()?.count).toBe(1);
    expect(() => new CumulativeDistribution('waits', { units: 's', registry })).toThrow(
      /"waits".*units "ms".*units "s"|"waits".*units "s".*units "ms"/s,
    );
  });

  it('client_js#439 "default metrics are already registered": an application may be started again', async () => {
    const options = { ...ownOptions(), runtimeStats: true };
    for (let start = 1; start <= 3; start++) {
      const { app, service } = await startWith(options);
      await service.flush();
      expect(options.monitor.valuesOf('nodejs/uptime').length).toBeGreaterThanOrEqual(start);
      await app.close();
    }
  });

  describe('opentelemetry-js#5729 #3526 "no way to reset between tests"', () => {
    const orders = new Counter('complaints/orders');
    let tsmon = createTestingTsmon();
    beforeEach(() => {
      tsmon = createTestingTsmon();
    });

    it.each([1, 2, 3])('test %i sees its own recordings alone', async () => {
      const module = await Test.createTestingModule({ imports: [tsmon.module] }).compile();
      await module.init();
      orders.add(1);
      await tsmon.flush();
      expect(tsmon.sent('complaints/orders')).toBe(1);
      module.get(TsmonService).reset();
      expect(orders.get()).toBeUndefined();
      orders.add(4);
      await tsmon.flush();
      expect(tsmon.sent('complaints/orders')).toBe(4);
      await module.close();
    });
  });

  it('opentelemetry-js#4065 #3622 "an instrument made before the SDK is a no-op for ever"', async () => {
    const options = ownOptions();
    const early = new Counter('early', { registry: options.registry });
    const bound = early.cell();
    early.add(1);
    bound.add(1);
    const { service } = await startWith(options);
    early.add(1);
    bound.add(1);
    await service.flush();
    expect(options.monitor.valuesOf('early').at(-1)).toBe(4);
  });

  it('nestjs-prometheus#1900 #1901 "every module needs the import": it is global, and metrics need no module', async () => {
    @Injectable()
    class Shop {
      constructor(readonly service: TsmonService) {}
    }
    @Module({ providers: [Shop] })
    class ShopModule {}
    @Module({ imports: [ShopModule] })
    class FeatureModule {}
    const { app } = await startWith(ownOptions(), { imports: [FeatureModule] });
    expect(await app.get(Shop, { strict: false }).service.flush()).toMatchObject({
      outcome: 'sent',
    });
  });

  it('nest#5698 #6660 #9556 "two forRoot() are one module or two": the second is an error that says what to do', async () => {
    const options = ownOptions();
    @Module({ imports: [TsmonModule.forRoot(options)] })
    class FeatureModule {}
    const module = await Test.createTestingModule({
      imports: [TsmonModule.forRoot({ ...options, flush: { intervalSec: 90 } }), FeatureModule],
    }).compile();
    await expect(module.init()).rejects.toThrow(
      'imported twice in one application. Import it once, in the root module: it is global.',
    );
  });

  describe.each(REGISTRATIONS)(
    'nestjs-otel#359 #242 Nestjs-OpenTelemetry#55 "features are silently off under forRootAsync": by %s',
    (_way, register) => {
      @Controller()
      class ShopController {
        @Get(['hello', 'quiet'])
        hello(): string {
          return 'hello';
        }
      }

      it.each(PLATFORMS)('all of them are on, on %s', async platform => {
        const options = {
          ...ownOptions(),
          runtimeStats: true,
          http: { ignore: ['/quiet'], client: true },
          status: { enabled: true, auth: 'none' } as const,
        };
        const { monitor } = options;
        const { url, service } = await startWith(options, {
          register,
          platform,
          controllers: [ShopController],
        });
        expect(await statusesOf(url, ['/hello', '/quiet', '/internal/tsmon'])).toEqual([
          200, 200, 200,
        ]);
        expect(monitor.calls).toHaveLength(1);
        await service.flush();
        expect(requestsIn(options)).toEqual(['200 /hello: 1', '200 /internal/tsmon: 1']);
        for (const name of ['presence/up', 'nodejs/uptime', 'http/response_status']) {
          expect([name, monitor.valuesOf(name)]).not.toEqual([name, []]);
        }
      });
    },
  );
});
