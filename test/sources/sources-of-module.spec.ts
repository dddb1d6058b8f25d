import { Controller, Get, Logger } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import promBundle from 'express-prom-bundle';
import { Registry as PromRegistry, register, type Counter } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Registry, TsmonModule, TsmonService } from '../../lib/entry/index.js';
import { prometheusRegistry } from '../../lib/entry/prometheus.js';
import { endAll, start } from '../module/changing-settings.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { startApp } from '../support/test-app.js';
import { FakeSource, metric } from './flushed-source.js';

afterEach(endAll);
vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);

@Controller()
class OrdersController {
  constructor(@InjectMetric('orders_total') private readonly orders: Counter) {}

  @Get('orders')
  order(): string {
    this.orders.inc();
    return 'ordered';
  }
}

describe('the option sources', () => {
  it('sends what nestjs-prometheus and express-prom-bundle keep, and shows it with its source', async () => {
    const monitor = new FakeMonitor();
    const bundled = new PromRegistry();
    const bundle = promBundle({ includeMethod: true, promRegistry: bundled, autoregister: false });
    const { app, url } = await startApp(
      {
        imports: [
          PrometheusModule.register({ defaultMetrics: { enabled: false } }),
          TsmonModule.forRoot({
            registry: new Registry(),
            monitor,
            status: { enabled: true, auth: 'none' },
            sources: [prometheusRegistry(register), prometheusRegistry(bundled)],
          }),
        ],
        controllers: [OrdersController],
        providers: [makeCounterProvider({ name: 'orders_total', help: 'Orders.' })],
      },
      'express',
      each => each.use(bundle),
    );
    try {
      await fetch(`${url}/orders`);
      await fetch(`${url}/orders`);
      await app.get(TsmonService).flush();
      expect(monitor.valuesOf('orders_total')).toEqual([2]);
      const [durations] = monitor.valuesOf('http_request_duration_seconds');
      expect(durations).toMatchObject({ count: 2 });
      const status = (await (await fetch(`${url}/internal/tsmon?format=json`)).json()) as {
        metrics: { name: string; source?: string; cells: { value: number }[] }[];
      };
      const orders = status.metrics.find(({ name }) => name === 'orders_total');
      expect(orders).toMatchObject({ source: 'prometheus', cells: [{ value: 2 }] });
      const text = await (await fetch(`${url}/internal/tsmon?format=prometheus`)).text();
      expect(text).toMatch(/^orders_total\{.*\} 2$/m);
    } finally {
      await app.close();
      register.clear();
    }
  });

  it('is read once more before the end', async () => {
    const source = new FakeSource();
    const { app, monitor } = await start({ options: { sources: [source] } });
    source.metrics = [metric('hits', 'counter', 5)];
    await app.close();
    expect(monitor.valuesOf('hits').at(-1)).toBe(5);
  });

  it('drops what was counted while metrics were disabled', async () => {
    const source = new FakeSource();
    const { monitor, service, change } = await start({ options: { sources: [source] } });
    source.metrics = [metric('hits', 'counter', 5)];
    await service.flush();
    await change({ enabled: false });
    source.metrics = [metric('hits', 'counter', 7)];
    await change({ enabled: true });
    source.metrics = [metric('hits', 'counter', 10)];
    monitor.calls.length = 0;
    await service.flush();
    expect(monitor.valuesOf('hits')).toEqual([3]);
  });

  it.each([
    ['sources', {}, 'Option sources must be an array of sources, got '],
    ['sources[0]', [{ name: 'a' }], 'Option sources[0] must be a source: an object with a name'],
  ])('refuses a wrong %s', async (_, sources, message) => {
    const imports = [TsmonModule.forRoot({ registry: new Registry(), sources: sources as never })];
    await expect(startApp({ imports })).rejects.toThrow(message);
  });
});
