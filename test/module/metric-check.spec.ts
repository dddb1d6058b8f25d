import type { ModuleMetadata } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Bucketer,
  Counter,
  CumulativeDistribution,
  TsmonModule,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { ProdXMonitor } from '../../lib/monitors/prodx/prodx-monitor.js';
import { TsmonService } from '../../lib/flush/tsmon.service.js';
import * as prodx from '../monitors/prodx/prodx-pairs.js';
import { apps, endAll, ownOptions, start } from './hello-app.js';

afterEach(async () => {
  vi.restoreAllMocks();
  await endAll();
  await prodx.endAll();
});

const appWith = (options: TsmonModuleOptions): ModuleMetadata => ({
  imports: [TsmonModule.forRoot(options)],
});
const bucketer = Bucketer.explicit([0.1, 0.3, 1]);

describe('a metric that the monitor can never send', () => {
  it('fails the start, with its name in the error', async () => {
    const options = ownOptions();
    const monitor = new ProdXMonitor({ endpoint: 'localhost:1', insecure: true });
    const { registry } = options;
    const waits = new CumulativeDistribution('shop/waits', { registry, bucketer });
    await expect(
      start(appWith({ ...options, monitor: [options.monitor, monitor] })),
    ).rejects.toThrow(
      `CumulativeDistribution "${waits.name}" has the bucketer explicit([0.1, 0.3, 1]), but ProdX takes only`,
    );
    // Nothing stays claimed: an application with another monitor starts.
    await start(appWith(options));
    expect(apps).toHaveLength(1);
  });

  it('is rejected if it is declared after the start, and all others are sent', async () => {
    const [monitor, server] = await prodx.pair();
    const options = { ...ownOptions(), monitor };
    const { app } = await start(appWith(options));
    const { registry } = options;
    new Counter('shop/orders', { registry }).add(2);
    new CumulativeDistribution('shop/waits', { registry, bucketer }).add(0.2);
    const report = await app.get(TsmonService).flush();
    const names = server.received.flatMap(({ collections }) =>
      collections.flatMap(({ metrics_data_set }) => metrics_data_set.map(set => set.metric_name)),
    );
    expect(names).toContain('/chrome/infra/shop/orders');
    expect(names).not.toContain('/chrome/infra/shop/waits');
    expect(report).toMatchObject({ outcome: 'sent', rejected: 1 });
    expect(report.reasons).toEqual([
      expect.stringContaining('"shop/waits" has the bucketer explicit'),
    ]);
  });
});
