import { Injectable } from '@nestjs/common';
import { metrics } from '@opentelemetry/api';
import {
  MetricService,
  OpenTelemetryModule,
  OtelInstanceCounter,
  OtelMethodCounter,
} from 'nestjs-otel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Distribution, Registry } from '../../../lib/entry/index.js';
import { TsmonMetricReader } from '../../../lib/entry/opentelemetry.js';
import { createTestingTsmon } from '../../../lib/entry/testing.js';
import { startApp } from '../../support/test-app.js';
import { SDKS } from './sdk-versions.js';

@Injectable()
@OtelInstanceCounter()
class Shop {
  constructor(private readonly meters: MetricService) {}

  @OtelMethodCounter()
  order(price: number): void {
    this.meters.getHistogram('shop.prices', { unit: 'EUR' }).record(price, { kind: 'gift' });
  }
}

describe.each(SDKS)('an application with meters of OpenTelemetry SDK %s', (_, sdk) => {
  async function start() {
    const reader = new TsmonMetricReader();
    const provider = new sdk.MeterProvider({ readers: [reader] });
    const tsmon = createTestingTsmon({ registry: new Registry(), sources: [reader] });
    const { app } = await startApp({ imports: [tsmon.module] });
    onTestFinished(() => app.close());
    return { app, provider, tsmon, meter: provider.getMeter('shop', '1.2') };
  }

  it('sends their metrics when the MeterProvider is told to flush', async () => {
    const { provider, tsmon, meter } = await start();
    meter.createCounter('shop.orders').add(3, { 'order.kind': 'gift' });
    await provider.forceFlush();
    expect(tsmon.sent('shop/orders', { order_kind: 'gift' })).toBe(3);
  });

  it('sends them with every flush of its own', async () => {
    const { tsmon, meter } = await start();
    const orders = meter.createCounter('shop.orders');
    for (const total of [1, 2, 3]) {
      orders.add(1);
      await tsmon.flush();
      expect(tsmon.sent('shop/orders')).toBe(total);
    }
  });

  it('sends at its end what was recorded after the shutdown of the MeterProvider', async () => {
    const { app, provider, tsmon, meter } = await start();
    const orders = meter.createCounter('shop.orders');
    orders.add(1);
    await provider.shutdown();
    orders.add(1);
    await app.close();
    expect(tsmon.sent('shop/orders')).toBe(2);
    await expect(provider.forceFlush()).resolves.toBeUndefined();
  });
});

describe('nestjs-otel', () => {
  it('has its counters of instances and methods, and its histograms, sent by this library', async () => {
    const reader = new TsmonMetricReader();
    const provider = new SDKS[0]![1].MeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    const tsmon = createTestingTsmon({ registry: new Registry(), sources: [reader] });
    const { app } = await startApp({
      imports: [tsmon.module, OpenTelemetryModule.forRoot()],
      providers: [Shop],
    });
    onTestFinished(() => {
      metrics.disable();
      return app.close();
    });
    const shop = app.get(Shop);
    [10, 20, 30].forEach(price => shop.order(price));
    await tsmon.flush();
    expect(tsmon.sent('app/Shop/instances/total')).toBe(1);
    expect(tsmon.sent('app/Shop/order/calls/total')).toBe(3);
    expect(tsmon.sent('shop/prices', { kind: 'gift' })).toMatchObject({ count: 3, sum: 60 });
    expect(tsmon.sent('shop/prices')).toBeInstanceOf(Distribution);
  });
});
