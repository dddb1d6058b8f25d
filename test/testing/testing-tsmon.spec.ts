import { afterEach, describe, expect, it } from 'vitest';
import {
  Counter,
  Device,
  Distribution,
  HousekeepingService,
  InMemoryTaskNumAllocator,
  IntGauge,
  NoTaskNumberError,
  registerGlobalCallback,
  Registry,
  TaskNumAllocator,
  TsmonService,
  withTarget,
} from '../../lib/entry/index.js';
import { createTestingTsmon } from '../../lib/entry/testing.js';
import { closeApps, failureOf, orders, sizes, startShop } from './testing-shop.js';

afterEach(closeApps);

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

  it('can be disabled, and can have changing settings', async () => {
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
