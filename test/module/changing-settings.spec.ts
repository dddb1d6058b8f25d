import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  HousekeepingService,
  InMemoryTaskNumAllocator,
  IntGauge,
  registerGlobalCallback,
  StringGauge,
} from '../../lib/entry/index.js';
import { pass, settle } from '../support/settle.js';
import { endAll, MINUTE_MS, start } from './changing-settings.js';

afterEach(endAll);

describe('settings that change while the application runs', () => {
  it('W7 a gauge that is set once, at the start, is sent again when metrics are enabled again', async () => {
    const { registry, monitor, service, change } = await start();
    const version = new StringGauge('version', { registry });
    version.set('1.2');
    await service.flush();
    await change({ enabled: false });
    await change({ enabled: true });
    monitor.calls.length = 0;
    await service.flush();
    expect(monitor.valuesOf('version')).toEqual(['1.2']);
  });

  it('W7 W19 disabling metrics lets a flush end, begins no waiting one, and sends nothing twice', async () => {
    const { monitor, orders, service, change } = await start({
      options: { flush: { mode: 'background', intervalSec: 600, timeoutSec: 300 } },
    });
    orders.add(3);
    let answer = (): void => {};
    monitor.answer = () => new Promise(resolve => (answer = () => resolve({ rejected: [] })));
    const flushed = service.flush();
    const waiting = service.flush();
    await change({ enabled: false });
    expect(monitor.calls).toHaveLength(1);
    expect(service.status().running).toBe(false);
    answer();
    expect((await flushed).outcome).toBe('sent');
    expect((await waiting).outcome).toBe('disabled');
    monitor.answer = () => ({ rejected: [] });
    await change({ enabled: true });
    orders.add(2);
    await service.flush();
    expect(monitor.valuesOf('orders')).toEqual([3, 2]);
    expect(monitor.valuesOf('tsmon/unknown_sends')).toEqual([]);
  });

  it('F7 enabling metrics again during an old flush starts new streams after its end', async () => {
    const { clock, monitor, orders, service, source } = await start({
      options: { flush: { mode: 'background', intervalSec: 600, timeoutSec: 300 } },
    });
    orders.add(3);
    let answer = (): void => {};
    monitor.answer = () => new Promise(resolve => (answer = () => resolve({ rejected: [] })));
    const flushed = service.flush();
    await settle();
    source.answer = () => ({ enabled: false });
    await pass(clock, MINUTE_MS);
    source.answer = () => ({ enabled: true });
    await pass(clock, MINUTE_MS);
    expect(service.status().running).toBe(false);
    orders.add(50); // still disabled
    answer();
    expect((await flushed).outcome).toBe('sent');
    await settle();
    expect(service.status().running).toBe(true);
    monitor.answer = () => ({ rejected: [] });
    orders.add(2);
    await service.flush();
    expect(monitor.valuesOf('orders')).toEqual([3, 2]);
    expect(monitor.valuesOf('tsmon/unknown_sends')).toEqual([]);
  });

  it('flush settings change, and missing ones are as in the options', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    const { clock, monitor, orders, service, change } = await start({
      options: { flush: { mode: 'background', intervalSec: 300, workers: 2 } },
    });
    orders.add(1);
    await service.flush();
    await change({ flush: { intervalSec: 120 } });
    await pass(clock, MINUTE_MS);
    expect(monitor.calls).toHaveLength(2);
    expect(log.mock.calls.flat()).toContain(
      'Metrics are now flushed every 120 s, flush mode background, for at most 5 s, by 2 workers.',
    );
    await change({});
    expect(service.status().nextFlushInSec).toBe(240);
  });

  it.each<[unknown, string]>([
    [undefined, 'Option settings() must be an object with enabled and flush, got undefined.'],
    [{ enabled: 'yes' }, 'Option settings().enabled must be true or false, got "yes".'],
    [{ monitor: {} }, 'Unknown option "monitor" in settings(); it has enabled, flush.'],
    [
      { flush: { intervalSec: 0 } },
      'Option settings().flush.intervalSec must be a number from 1 to 86400, got 0.',
    ],
    [
      { flush: { intervalSec: 2 } },
      'Option settings().flush.timeoutSec must be at most 2, the value of settings().flush.intervalSec, got 5.',
    ],
    [
      { flush: { intervalSec: 901 } },
      'Option settings().flush.intervalSec must be at most 900, half of expirationSec (1800), got 901.',
    ],
    [
      { flush: { mode: 'never' } },
      "Option settings().flush.mode must be 'request', 'background' or 'both', got \"never\".",
    ],
    [
      { flush: { workers: 0 } },
      'Option settings().flush.workers must be an integer from 1 to 100, got 0.',
    ],
    [{ enabled: false, flush: { retries: 1 } }, 'Unknown option "retries" in settings().flush'],
  ])(
    'W32 %j is refused as a whole with a message that names the setting, and the last settings stay',
    async (wrong, message) => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      const { service, source, clock, change } = await start();
      await change({ flush: { intervalSec: 120 } });
      source.answer = () => wrong;
      await pass(clock, 3 * MINUTE_MS);
      expect(service.status().running).toBe(true);
      expect(source.calls).toBe(5);
      const lines = warn.mock.calls.flat().filter(line => String(line).includes('settings cannot'));
      expect(lines).toEqual([expect.stringContaining(message)]);
      await service.flush();
      expect(service.status().nextFlushInSec).toBe(120);
    },
  );

  it('metrics that the source disables from the start record, declare and claim nothing until they are enabled', async () => {
    const allocator = new InMemoryTaskNumAllocator();
    const notify = vi.spyOn(allocator, 'notifyTaskIsAlive');
    const { registry, orders, monitor, service, change, app } = await start({
      first: { enabled: false },
      options: { allocator },
    });
    orders.add(5);
    await app.get(HousekeepingService).run();
    expect(orders.get()).toBeUndefined();
    expect(registry.callbacks.size).toBe(0);
    expect(notify).not.toHaveBeenCalled();
    await change({ enabled: true });
    orders.add(1);
    await service.flush();
    expect(monitor.valuesOf('orders')).toEqual([1]);
    expect(monitor.valuesOf('presence/up')).toEqual([true]);
  });

  it('metrics may be enabled by the source against the option', async () => {
    const { service } = await start({ options: { enabled: false }, first: { enabled: true } });
    expect((await service.flush()).outcome).toBe('sent');
  });

  it('housekeeping assigns numbers while metrics are disabled, and reports no global metrics', async () => {
    const { app, registry, monitor, change } = await start();
    const stock = new IntGauge('stock', { registry });
    let runs = 0;
    registerGlobalCallback('stock', [stock], () => {
      runs += 1;
      stock.set(7);
    });
    await change({ enabled: false });
    expect(await app.get(HousekeepingService).run()).not.toHaveProperty('globalMetrics');
    expect(runs).toBe(0);
    await change({ enabled: true });
    await settle();
    expect(monitor.valuesOf('stock')).toEqual([7]);
  });

  it('an application closed while disabled sends nothing, releases its number, and reads no more settings', async () => {
    const allocator = new InMemoryTaskNumAllocator();
    const release = vi.spyOn(allocator, 'release');
    const { app, monitor, orders, change, clock, source } = await start({ options: { allocator } });
    await change({ enabled: false });
    const sends = monitor.calls.length;
    await app.close();
    expect(release).toHaveBeenCalledTimes(1);
    expect(monitor.calls).toHaveLength(sends);
    expect(monitor.closed).toBe(true);
    const { calls } = source;
    await pass(clock, 5 * MINUTE_MS);
    expect(source.calls).toBe(calls);
    orders.add(1); // kept for an application that starts later
    expect(orders.get()).toBe(1);
  });

  it('an application closed while it waits to be enabled again begins nothing', async () => {
    const { app, clock, registry, monitor, orders, service, source } = await start({
      options: {
        flush: { mode: 'background', intervalSec: 600, timeoutSec: 300 },
        shutdown: { timeoutSec: 1 },
      },
    });
    orders.add(3);
    let answer = (): void => {};
    monitor.answer = () => new Promise(resolve => (answer = () => resolve({ rejected: [] })));
    const flushed = service.flush();
    await settle();
    for (const enabled of [false, true]) {
      source.answer = () => ({ enabled });
      await pass(clock, MINUTE_MS);
    }
    await app.close();
    answer();
    await flushed;
    await pass(clock, 20 * MINUTE_MS);
    expect(service.status().running).toBe(false);
    expect(registry.callbacks.size).toBe(0);
    expect(monitor.calls).toHaveLength(1);
  });

  it('metrics switched on and off a hundred times leave no callback behind', async () => {
    const { registry, change } = await start({ options: { runtimeStats: true } });
    const { size } = registry.callbacks;
    for (let i = 0; i < 50; i++) {
      await change({ enabled: false });
      expect(registry.callbacks.size).toBe(0);
      await change({ enabled: true });
    }
    expect(registry.callbacks.size).toBe(size);
  });
});
