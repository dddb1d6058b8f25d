import { Body, Controller, Logger, Module, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Counter,
  TrackMetric,
  TsmonModule,
  TsmonService,
  type TrackedCall,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { PLATFORMS } from '../support/test-app.js';
import { endAll, ownOptions, start } from './hello-app.js';

afterEach(async () => {
  await endAll();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** An application whose recordings take fields from the bodies of requests. */
function shopOf({ registry }: Pick<TsmonModuleOptions, 'registry'>) {
  const orders = new Counter('shop/orders', { fields: { channel: 'string' }, registry });

  @Controller('orders')
  class OrdersController {
    @Post()
    order(@Body() { channel }: { channel: string }): string {
      orders.add(1, { channel });
      return 'stored';
    }

    @TrackMetric('shop/checkout', {
      registry,
      fields: { channel: 'string' },
      map: ({ args: [body] }: TrackedCall<[{ channel: string }]>) => ({
        channel: body.channel.trim(),
      }),
    })
    @Post('checkout')
    checkout(@Body() _body: { channel: string }): string {
      return 'paid';
    }
  }

  @Module({ controllers: [OrdersController] })
  class ShopModule {}
  return ShopModule;
}

async function post(url: string, body: object): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.ok ? response.text() : String(response.status);
}

function errorLines() {
  const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
  return () => error.mock.calls.map(([message]) => String(message)).filter(isOurs);
}

const isOurs = (message: string): boolean => /^A wrong call|^@TrackMetric/.test(message);

describe.each(PLATFORMS)('R1 a body without a field that a metric needs, on %s', platform => {
  it.each(TWO_REGISTRATIONS)(
    'fails no request with NODE_ENV=production, by %s, and is counted in tsmon/misused',
    async (_way, register) => {
      vi.stubEnv('NODE_ENV', 'production');
      const lines = errorLines();
      const options = ownOptions();
      const { app, url } = await start({ imports: [register(options), shopOf(options)] }, platform);
      const bodies = [{ channel: 'web' }, {}, { channel: 5 }];
      expect(await Promise.all(bodies.map(body => post(`${url}/orders`, body)))).toEqual([
        'stored',
        'stored',
        'stored',
      ]);
      expect(await post(`${url}/orders/checkout`, {})).toBe('paid');
      await app.get(TsmonService).flush();
      const misused = options.monitor.calls
        .at(-1)!
        .cells.filter(({ metric }) => metric.name === 'tsmon/misused')
        .map(({ fieldValues: [metric], value }) => [metric, value]);
      expect(misused).toEqual([
        ['shop/orders', 2],
        ['shop/checkout/count', 1],
        ['shop/checkout/durations', 1],
      ]);
      expect(options.monitor.valuesOf('shop/orders').at(-1)).toBe(1);
      expect(lines()).toEqual(
        ['shop/orders', 'shop/checkout/count', 'shop/checkout/durations'].map(
          name =>
            `A wrong call of metric "${name}" was ignored. Later ones are counted in tsmon/misused, and not logged.`,
        ),
      );
    },
  );

  it("fails with misuse: 'throw', though not in @TrackMetric(), which logs", async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const lines = errorLines();
    const options = { ...ownOptions(), misuse: 'throw' } as const;
    const { app, url } = await start(
      { imports: [TsmonModule.forRoot(options), shopOf(options)] },
      platform,
    );
    expect(await post(`${url}/orders`, {})).toBe('500');
    expect(await post(`${url}/orders/checkout`, {})).toBe('paid');
    await app.get(TsmonService).flush();
    expect(options.monitor.valuesOf('tsmon/misused')).toEqual([]);
    expect(lines()).toEqual([
      '@TrackMetric() on OrdersController.checkout could not record a call.',
    ]);
  });
});

describe('R1 the option misuse', () => {
  it('takes effect at the start of the application, also while metrics are disabled', async () => {
    errorLines();
    const options = { ...ownOptions(), misuse: 'log', enabled: false } as const;
    const orders = new Counter('orders', { registry: options.registry });
    expect(() => orders.add(NaN)).toThrow(RangeError);
    const { app } = await start({ imports: [TsmonModule.forRoot(options)] });
    expect(() => orders.add(NaN)).not.toThrow();
    await app.close();
    expect(() => orders.add(NaN)).not.toThrow();
  });
});
