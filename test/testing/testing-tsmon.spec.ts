import { AssertionError } from 'node:assert';
import { Controller, Get, Injectable, Module, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Counter,
  CumulativeDistribution,
  Device,
  Distribution,
  HousekeepingService,
  InMemoryTaskNumAllocator,
  IntGauge,
  NoTaskNumberError,
  registerGlobalCallback,
  Registry,
  TaskNumAllocator,
  TrackMetric,
  TsmonModule,
  TsmonService,
  withTarget,
} from '../../lib/entry/index.js';
import { createTestingTsmon } from '../../lib/entry/testing.js';
import { PLATFORMS, startApp } from '../support/test-app.js';

const orders = new Counter('shop/orders', { fields: { status: 'string', gift: 'bool' } });
const sizes = new CumulativeDistribution('shop/sizes');

@Injectable()
class Shop {
  @TrackMetric('shop/order')
  order(status: string): void {
    orders.add(1, { status, gift: false });
  }
}

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

/** An application of one provider, with a kit. */
async function startShop(options: Parameters<typeof createTestingTsmon>[0] = {}) {
  const tsmon = createTestingTsmon(options);
  const testingModule = await Test.createTestingModule({
    imports: [tsmon.module],
    providers: [Shop],
  }).compile();
  const app = testingModule.createNestApplication(new ExpressAdapter(), { logger: false });
  apps.push(app);
  await app.init();
  return { tsmon, app, shop: app.get(Shop) };
}

function failureOf(work: () => unknown): AssertionError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    return error as AssertionError;
  }
  throw new Error('It did not fail.');
}

describe('createTestingTsmon', () => {
  it('takes an allocator, such as one that has no number yet', async () => {
    class Waiting extends InMemoryTaskNumAllocator {
      number: number | undefined;
      override async notifyTaskIsAlive(): Promise<number> {
        if (this.number === undefined) {
          throw new NoTaskNumberError();
        }
        return this.number;
      }
    }
    const allocator = new Waiting();
    const { tsmon, app, shop } = await startShop({ allocator });
    expect(app.get(TaskNumAllocator)).toBe(allocator);
    shop.order('ok');
    expect(await tsmon.flush()).toMatchObject({ outcome: 'no-task-number' });
    expect(tsmon.monitor.calls).toEqual([]);
    allocator.number = 7;
    expect(await tsmon.flush()).toMatchObject({ outcome: 'sent' });
    const labels = tsmon.monitor.calls[0]!.cells.map(({ target }) => target.labels()['task_num']);
    expect(new Set(labels)).toEqual(new Set([7]));
    expect(tsmon.sent('shop/orders', { status: 'ok' })).toBe(1);
  });

  it('takes an allocator that two applications share: each gets a number of its own', async () => {
    const allocator = new InMemoryTaskNumAllocator();
    const numbers = [];
    for (const registry of [new Registry(), new Registry()]) {
      const { app } = await startShop({ allocator, registry });
      numbers.push(app.get(TsmonService).status().target?.['task_num']);
    }
    expect(numbers).toEqual([0, 1]);
  });

  it('takes no expiry beside an allocator, which brings its own', async () => {
    const allocator = new InMemoryTaskNumAllocator({ expirationSec: 400 });
    await expect(startShop({ allocator, taskNumbers: { expirationSec: 600 } })).rejects.toThrow(
      'taskNumbers.expirationSec',
    );
    const { tsmon } = await startShop({ allocator, taskNumbers: { heartbeatSec: 100 } });
    expect(await tsmon.flush()).toMatchObject({ outcome: 'sent' });
  });

  it('sends what was recorded when it is told to, and not before', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    expect(tsmon.monitor.calls).toEqual([]);
    expect(await tsmon.flush()).toMatchObject({ outcome: 'sent' });
    expect(tsmon.sent('shop/orders', { status: 'ok', gift: false })).toBe(1);
    shop.order('ok');
    await tsmon.flush();
    expect(tsmon.sent('shop/orders')).toBe(2);
    expect(tsmon.sent('shop/order/count', { outcome: 'ok' })).toBe(2);
  });

  it('flushes as the time passes', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    await tsmon.advance(60);
    expect(tsmon.sent('shop/orders')).toBe(1);
    const flushes = tsmon.monitor.calls.length;
    await tsmon.advance(180.5);
    expect(tsmon.monitor.calls).toHaveLength(flushes + 3);
    expect(tsmon.clock.monotonicNow()).toBe(240_500);
    await expect(tsmon.advance(-1)).rejects.toThrow(RangeError);
    await expect(tsmon.advance(Infinity)).rejects.toThrow(RangeError);
  });

  it('each kit begins without what earlier tests recorded, twenty times over', async () => {
    for (let i = 0; i < 20; i++) {
      const { tsmon, shop, app } = await startShop();
      shop.order('ok');
      await tsmon.flush();
      expect(tsmon.sent('shop/orders')).toBe(1);
      await app.close();
    }
  });

  it('reset() forgets what was recorded and sent', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    await tsmon.flush();
    tsmon.reset();
    await tsmon.flush();
    tsmon.assertNotSent('shop/orders');
    expect(orders.get({ status: 'ok', gift: false })).toBeUndefined();
  });

  it('takes a registry, and other options of the module', async () => {
    const registry = new Registry();
    const own = new Counter('own', { registry });
    const { tsmon, shop } = await startShop({ registry, runtimeStats: true });
    own.add(2);
    shop.order('ok');
    await tsmon.flush();
    expect(tsmon.sent('own')).toBe(2);
    expect(tsmon.sent('nodejs/uptime')).toBeGreaterThan(0);
    tsmon.assertNotSent('shop/orders');
  });

  it('can be disabled, and have settings that change', async () => {
    let enabled = false;
    const { tsmon, shop } = await startShop({ settings: () => ({ enabled }) });
    shop.order('ok');
    expect((await tsmon.flush()).outcome).toBe('disabled');
    enabled = true;
    await tsmon.advance(60);
    shop.order('ok');
    await tsmon.flush();
    expect(tsmon.sent('shop/orders')).toBe(1);
  });

  it('shows failed flushes as the application would have them', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    tsmon.monitor.answer = () => Promise.reject(new Error('down'));
    expect(await tsmon.flush()).toMatchObject({ outcome: 'failed', reasons: ['Error: down'] });
  });

  it('F7 answers each outcome that a monitor has', async () => {
    const { tsmon } = await startShop();
    for (const [outcome, report] of [
      ['refused', 'sent'],
      ['retry', 'failed'],
      ['unknown', 'failed'],
    ] as const) {
      tsmon.monitor.reject(outcome, ({ metric }) => metric.name === 'presence/up');
      expect(await tsmon.flush()).toMatchObject({
        outcome: report,
        rejected: 1,
        reasons: [`A FakeMonitor was told: ${outcome}.`],
      });
    }
    tsmon.monitor.reject('unknown');
    expect(await tsmon.flush()).toMatchObject({ outcome: 'failed', accepted: 0 });
    tsmon.monitor.accept();
    expect(await tsmon.flush()).toMatchObject({ outcome: 'sent', rejected: 0 });
  });

  it('finds cells of a target of their own, distributions and global metrics', async () => {
    const { tsmon, app } = await startShop();
    const printer = new Device({ hostname: 'printer-17' });
    sizes.add(3);
    sizes.add(5);
    withTarget(printer, () => sizes.add(7));
    const stock = new IntGauge('shop/stock');
    const unregister = registerGlobalCallback('stock', [stock], () => stock.set(4));
    await app.get(HousekeepingService).run();
    unregister();
    await tsmon.flush();
    expect(tsmon.sent('shop/stock')).toBe(4);
    const sent = tsmon.sent('shop/sizes', {}, printer);
    expect(sent).toBeInstanceOf(Distribution);
    expect(sent).toMatchObject({ count: 1, sum: 7 });
    expect(failureOf(() => tsmon.sent('shop/sizes')).message).toMatch(
      /^shop\/sizes is 2 cells: name more of their fields, or the target\.\nWhat was sent:\n/,
    );
  });

  it.each([
    ['before it was started', async () => createTestingTsmon()],
    [
      'after the application was closed',
      async () => {
        const { tsmon, app } = await startShop();
        await app.close();
        return tsmon;
      },
    ],
  ])('flush() says what is missing %s', async (_, prepare) => {
    const tsmon = await prepare();
    await expect(tsmon.flush()).rejects.toThrow('await app.init() or app.listen()');
  });
});

describe('what an assertion says', () => {
  it('lists what was sent, cells of the same metric first', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    shop.order('refused');
    sizes.add(3);
    await tsmon.flush();
    const lines = failureOf(() => tsmon.sent('shop/orders', { status: 'lost' })).message.split(
      '\n',
    );
    expect(lines.slice(0, 4)).toEqual([
      "shop/orders { status: 'lost' } was not sent.",
      'What was sent:',
      "  shop/orders { status: 'ok', gift: false }: 1 (local test local  0)",
      "  shop/orders { status: 'refused', gift: false }: 1 (local test local  0)",
    ]);
    expect(lines).toContain('  shop/sizes: 1 samples, sum 3 (local test local  0)');
    expect(lines).toContain('  presence/up: true (local test local  0)');
  });

  it('several cells match where fields are missing', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    shop.order('refused');
    await tsmon.flush();
    const { message } = failureOf(() => tsmon.sent('shop/orders', { gift: false }));
    expect(message).toContain('shop/orders { gift: false } is 2 cells');
    expect(message).not.toContain('presence/up');
  });

  it('assertNotSent() lists the cells that were', async () => {
    const { tsmon, shop } = await startShop();
    shop.order('ok');
    await tsmon.flush();
    tsmon.assertNotSent('shop/orders', { status: 'refused' });
    tsmon.assertNotSent('shop/orders', { state: 'ok' });
    tsmon.assertNotSent('shop/orders', { gift: 0 });
    expect(failureOf(() => tsmon.assertNotSent('shop/orders', { status: 'ok' })).message).toBe(
      "shop/orders { status: 'ok' } was sent.\nWhat was sent:\n  shop/orders { status: 'ok', gift: false }: 1 (local test local  0)",
    );
  });

  it('nothing at all was sent, or very much', async () => {
    const { tsmon } = await startShop();
    expect(failureOf(() => tsmon.sent('shop/orders')).message).toBe(
      'shop/orders was not sent.\nNothing was sent at all: flush() first.',
    );
    const byId = new Counter('shop/by_id', { fields: { id: 'int' } });
    for (let id = 0; id < 1000; id++) {
      byId.add(1, { id });
    }
    await tsmon.flush();
    const lines = failureOf(() => tsmon.sent('shop/orders')).message.split('\n');
    expect(lines).toHaveLength(43);
    expect(lines.at(-1)).toMatch(/^ {2}and \d+ more$/);
  });
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
