import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ObservableCallback } from '@opentelemetry/api';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import { SDKS } from './sdk-versions.js';

const NEVER = new AbortController().signal;
const HANGS = new Promise<never>(() => undefined);

function loggedErrors() {
  const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  return () => error.mock.calls;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(SDKS)('TsmonMetricReader with OpenTelemetry SDK %s', (_, sdk) => {
  function createProvider() {
    const reader = new TsmonMetricReader();
    const provider = new sdk.MeterProvider({ readers: [reader] });
    // A flush that hangs does not end.
    onTestFinished(() => provider.shutdown({ timeoutMillis: 1 }).catch(() => undefined));
    const values = async (signal = NEVER): Promise<Record<string, unknown>> => {
      const metrics = await reader.read(signal);
      return Object.fromEntries(metrics.map(({ name, points }) => [name, points[0]?.value]));
    };
    return { reader, provider, meter: provider.getMeter('shop'), values };
  }

  it('belongs to one MeterProvider', () => {
    const { reader } = createProvider();
    expect(() => new sdk.MeterProvider({ readers: [reader] })).toThrow(
      'a reader belongs to one MeterProvider',
    );
  });

  it('asks for cumulative values, also after another reader took deltas', async () => {
    const reader = new TsmonMetricReader();
    const deltas = new sdk.PeriodicExportingMetricReader({
      exporter: new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.DELTA),
    });
    const provider = new sdk.MeterProvider({ readers: [deltas, reader] });
    onTestFinished(() => provider.shutdown());
    const counter = provider.getMeter('shop').createCounter('orders');
    for (const total of [1, 2, 3]) {
      counter.add(1);
      await deltas.forceFlush();
      expect(await reader.read(NEVER)).toMatchObject([{ points: [{ value: total }] }]);
    }
  });

  it('has the limit of points that OpenTelemetry has', async () => {
    const { reader, meter } = createProvider();
    const counter = meter.createCounter('orders');
    for (let user = 0; user < 2100; user++) {
      counter.add(1, { user });
    }
    const [orders] = await reader.read(NEVER);
    expect(orders?.points).toHaveLength(2000);
    expect(orders?.points).toContainEqual({
      attributes: { 'otel.metric.overflow': true },
      value: 101,
    });
  });

  it('leaves out a callback that hangs, and reads the others, when the signal is aborted', async () => {
    const { meter, values } = createProvider();
    const errors = loggedErrors();
    meter.createCounter('orders').add(2);
    meter.createObservableGauge('slow').addCallback(() => HANGS);
    meter.createObservableGauge('fast').addCallback(async result => result.observe(7));
    const controller = new AbortController();
    const reading = values(controller.signal);
    controller.abort();
    expect(await reading).toEqual({ orders: 2, fast: 7 });
    expect(errors()).toHaveLength(1);
  });

  it('logs the first error of a callback in a row, and keeps the last value', async () => {
    const { meter, values } = createProvider();
    const errors = loggedErrors();
    let fails = false;
    meter.createObservableGauge('level').addCallback(result => {
      if (fails) {
        throw new Error('no database');
      }
      result.observe(4);
    });
    expect(await values()).toEqual({ level: 4 });
    fails = true;
    expect([await values(), await values()]).toEqual([{ level: 4 }, { level: 4 }]);
    expect(errors()).toEqual([
      [
        'A callback of an observable instrument of OpenTelemetry failed. Its last values are sent until it succeeds again.',
        new Error('no database'),
      ],
    ]);
    fails = false;
    await values();
    fails = true;
    await values();
    expect(errors()).toHaveLength(2);
  });

  it('flushes when its MeterProvider is told to, and waits for that', async () => {
    const { reader, provider } = createProvider();
    await provider.forceFlush();
    let end = (): void => undefined;
    const flush = vi.fn<() => Promise<void>>(() => new Promise(resolve => (end = resolve)));
    reader.onForceFlush(flush);
    const forced = provider.forceFlush();
    const ended = vi.fn<() => void>();
    void forced.then(ended);
    await new Promise(setImmediate);
    expect(flush).toHaveBeenCalledOnce();
    expect(ended).not.toHaveBeenCalled();
    end();
    await forced;
  });

  it('waits for a flush no longer than forceFlush() says', async () => {
    const { reader } = createProvider();
    reader.onForceFlush(() => HANGS);
    await expect(reader.forceFlush({ timeoutMillis: 1 })).rejects.toThrow('A flush took longer');
  });

  it('flushes at the shutdown of its MeterProvider, after which a process may end at once', async () => {
    const { reader, provider, meter, values } = createProvider();
    const orders = meter.createCounter('orders');
    orders.add(1);
    const flushed: unknown[] = [];
    reader.onForceFlush(async () => flushed.push(await values()));
    await provider.shutdown();
    expect(flushed).toEqual([{ orders: 1 }]);
  });

  it('flushes at the shutdown also if its MeterProvider fails to collect', async () => {
    const reader = new TsmonMetricReader();
    let flushes = 0;
    reader.onForceFlush(async () => void (flushes += 1));
    reader.setMetricProducer({ collect: () => Promise.reject(new Error('no instrument answers')) });
    await expect(reader.shutdown()).rejects.toThrow('no instrument answers');
    expect(flushes).toBe(1);
  });

  it('has one limit for its shutdown, of which the flush gets what collecting has left', async () => {
    const reader = new TsmonMetricReader();
    const flush = vi.spyOn(reader, 'forceFlush');
    reader.setMetricProducer({
      collect: async () => {
        await sleep(5);
        throw new Error('no instrument answers');
      },
    });
    await expect(reader.shutdown({ timeoutMillis: 100 })).rejects.toThrow('no instrument answers');
    expect(flush.mock.calls[0]![0]!.timeoutMillis).toBeLessThan(100);
  });

  it('collects at the shutdown of its MeterProvider, and gives that and what comes later', async () => {
    const { meter, provider, values } = createProvider();
    const orders = meter.createCounter('orders');
    orders.add(1);
    let observed = 5;
    const level = meter.createObservableGauge('level');
    const observe = vi.fn<ObservableCallback>(result => result.observe(observed));
    level.addCallback(observe);
    await provider.shutdown();
    expect(observe).toHaveBeenCalledOnce();
    level.removeCallback(observe);
    observed = 6;
    expect(await values()).toEqual({ orders: 1, level: 5 });
    // A request that was in flight ends.
    orders.add(1);
    expect(await values()).toEqual({ orders: 2, level: 5 });
  });

  it('is shut down in time while a callback hangs', async () => {
    const { meter, provider, values } = createProvider();
    meter.createCounter('orders').add(2);
    meter.createObservableGauge('slow').addCallback(() => HANGS);
    await provider.shutdown({ timeoutMillis: 1 });
    expect(await values(AbortSignal.abort())).toEqual({ orders: 2 });
  });
});

describe('TsmonMetricReader', () => {
  it('that belongs to no MeterProvider cannot be read, and says how it would', async () => {
    const reader = new TsmonMetricReader();
    await expect(reader.read(NEVER)).rejects.toThrow('new MeterProvider({ readers: [reader] })');
    await expect(reader.shutdown()).resolves.toBeUndefined();
    await expect(reader.forceFlush()).resolves.toBeUndefined();
  });

  it('gives what was collected at the shutdown if the MeterProvider refuses to collect after it', async () => {
    const reader = new TsmonMetricReader();
    const { MeterProvider } = SDKS[0]![1];
    const provider = new MeterProvider({ readers: [reader] });
    provider.getMeter('shop').createCounter('orders').add(3);
    await provider.shutdown();
    vi.spyOn(reader, 'collect').mockRejectedValue(new Error('is shut down'));
    expect(await reader.read(NEVER)).toMatchObject([{ name: 'orders', points: [{ value: 3 }] }]);
  });
});
