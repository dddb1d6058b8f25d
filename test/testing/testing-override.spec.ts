import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { TsmonModule } from '../../lib/entry/index.js';
import { createTestingTsmon } from '../../lib/entry/testing.js';
import { PLATFORMS, startApp } from '../support/test-app.js';
import { Shop } from './testing-shop.js';

@Controller('orders')
class OrdersController {
  @Get()
  list(): string[] {
    return [];
  }
}

/** As an application's own: it would send to the log, every ten seconds. */
@Module({
  imports: [
    TsmonModule.forRoot({
      target: { serviceName: 'shop', jobName: 'web' },
      monitor: { debug: {} },
      enabled: false,
      datastore: {},
      settings: () => ({ enabled: false }),
      taskNumbers: { expirationSec: 600, selfAssign: true },
      flush: { mode: 'request', intervalSec: 10 },
      http: { ignore: ['/quiet'] },
    }),
  ],
  providers: [Shop],
  controllers: [OrdersController],
})
class AppModule {}

const apps: INestApplication[] = [];

afterEach(async () => {
  await Promise.all(apps.splice(0).map(app => app.close()));
});

describe.each(PLATFORMS)('TestingTsmon.override() of an application on %s', platform => {
  async function start(options: Parameters<typeof createTestingTsmon>[0] = {}) {
    const tsmon = createTestingTsmon(options);
    const started = await startApp({ imports: [AppModule] }, platform, undefined, builder =>
      tsmon.override(builder),
    );
    apps.push(started.app);
    return { tsmon, ...started };
  }

  it('nothing leaves the process nor happens by itself, and its other options stay', async () => {
    const { tsmon, app, url } = await start();
    await (await fetch(`${url}/orders`)).text();
    await (await fetch(`${url}/quiet`)).text();
    app.get(Shop).order('ok');
    expect(tsmon.monitor.calls).toEqual([]);
    await tsmon.flush();
    expect(tsmon.sent('shop/orders', { status: 'ok' })).toBe(1);
    expect(tsmon.sent('http/server_response_status', { name: '/orders' })).toBe(1);
    tsmon.assertNotSent('http/server_response_status', { status: 404 });
    expect(tsmon.monitor.calls[0]!.cells[0]!.target.labels()).toMatchObject({
      service_name: 'shop',
      job_name: 'web',
      task_num: 0,
    });
  });

  it('the test may have requests flush', async () => {
    const { tsmon, app, url } = await start({ flush: { mode: 'request' } });
    app.get(Shop).order('ok');
    await (await fetch(`${url}/orders`)).text();
    expect(tsmon.sent('shop/orders')).toBe(1);
    await tsmon.advance(5);
    await (await fetch(`${url}/orders`)).text();
    expect(tsmon.monitor.calls).toHaveLength(1);
    await tsmon.advance(5);
    await (await fetch(`${url}/orders`)).text();
    expect(tsmon.monitor.calls).toHaveLength(2);
  });
});
