import { afterEach, describe, expect, it, vi } from 'vitest';
import { REGISTRATIONS } from '../support/registrations.js';
import { pass } from '../support/settle.js';
import { PLATFORMS } from '../support/test-app.js';
import { endAll, MINUTE_MS, start } from './changing-settings.js';

afterEach(endAll);

describe.each(REGISTRATIONS)(
  'settings that change while the application runs, by %s',
  (_, register) => {
    it.each(PLATFORMS)(
      'W7 disabling loses nothing that was recorded, and enabling starts new streams, on %s',
      async platform => {
        const { clock, monitor, orders, service, change } = await start({ register, platform });
        orders.add(10);
        await service.flush();
        orders.add(4);
        monitor.answer = () => Promise.reject(new Error('down'));
        await service.flush();

        await change({ enabled: false });
        monitor.answer = () => ({ rejected: [] });
        const sends = monitor.calls.length;
        expect(service.status().running).toBe(false);
        orders.add(100);
        expect(() => orders.add(-1)).toThrow(RangeError);
        expect(orders.get()).toBe(14);
        expect((await service.flush()).outcome).toBe('disabled');
        await pass(clock, 10 * MINUTE_MS);
        expect(monitor.calls).toHaveLength(sends);

        const enabledAt = clock.now() * 1000;
        await change({ enabled: true });
        orders.add(1);
        await service.flush();
        const cell = monitor.calls.at(-1)!.cells.find(({ metric }) => metric.name === 'orders')!;
        expect(cell.value).toBe(5);
        expect(cell.resetTime).toBeGreaterThan(enabledAt);
        expect(orders.get()).toBe(15);
      },
    );

    it.each(PLATFORMS)(
      'are read by one request on %s, which does not fail if the source hangs',
      async platform => {
        const { url, clock, source, monitor } = await start({
          register,
          platform,
          options: { flush: { mode: 'request' } },
        });
        const get = async (): Promise<string> => (await fetch(`${url}/hello`)).text();
        await get();
        expect(source.calls).toBe(1);
        clock.advance(MINUTE_MS);
        source.answer = () => ({ enabled: false });
        const sends = monitor.calls.length;
        expect(await get()).toBe('hello');
        expect(source.calls).toBe(2);
        expect(monitor.calls).toHaveLength(sends);
        expect(await get()).toBe('hello');
        expect(source.calls).toBe(2);

        source.answer = () => new Promise(() => {});
        clock.advance(MINUTE_MS);
        const held = get();
        await vi.waitFor(() => expect(source.calls).toBe(3));
        expect(await get()).toBe('hello');
        clock.advance(2500);
        expect(await held).toBe('hello');

        source.answer = () => ({ enabled: true });
        clock.advance(MINUTE_MS);
        expect(await get()).toBe('hello');
        expect(monitor.calls.length).toBeGreaterThan(sends);
      },
    );
  },
);

describe('metrics about flushes', () => {
  it('are sent with the next flush, under the target of the instance', async () => {
    const { monitor, orders, service } = await start();
    orders.add(1);
    const { accepted } = await service.flush();
    expect(monitor.valuesOf('tsmon/flush/count')).toEqual([]);
    monitor.answer = () => Promise.reject(new Error('down'));
    await service.flush();
    monitor.answer = () => ({ rejected: [] });
    monitor.calls.length = 0;
    await service.flush();
    const cells = monitor.calls[0]!.cells.filter(({ metric }) =>
      metric.name.startsWith('tsmon/flush/'),
    );
    const counts = Object.fromEntries(
      cells
        .filter(({ metric }) => metric.name !== 'tsmon/flush/durations')
        .map(({ metric, fieldValues, value }) => [`${metric.name} ${fieldValues.join()}`, value]),
    );
    expect(counts).toEqual({
      'tsmon/flush/count sent': 1,
      'tsmon/flush/count failed': 1,
      'tsmon/flush/cells accepted': accepted,
      'tsmon/flush/cells rejected': expect.any(Number),
      'tsmon/flush/bytes ': expect.any(Number),
    });
    expect(new Set(cells.map(({ target }) => target.labels().task_num))).toEqual(new Set([0]));
  });

  it('are not recorded while metrics are disabled', async () => {
    const { monitor, service, change } = await start();
    await service.flush();
    await change({ enabled: false });
    expect((await service.flush()).outcome).toBe('disabled');
    await change({ enabled: true });
    monitor.calls.length = 0;
    await service.flush();
    const outcomes = monitor.calls[0]!.cells.filter(
      ({ metric }) => metric.name === 'tsmon/flush/count',
    ).map(({ fieldValues }) => fieldValues[0]);
    expect(outcomes).toEqual(['sent']);
  });
});
