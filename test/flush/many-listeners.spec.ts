import { setTimeout as sleep } from 'node:timers/promises';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FlushReport } from '../../lib/flush/flush-report.js';
import { TsmonService } from '../../lib/flush/tsmon.service.js';
import { registerCallback } from '../../lib/metrics/callbacks.js';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import { CloudMonitoringMonitor } from '../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type { Monitor } from '../../lib/monitors/monitor.js';
import { OpenTelemetryMonitor } from '../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from '../../lib/monitors/prodx/prodx-monitor.js';
import { Device } from '../../lib/targets/device.js';
import { withTarget } from '../../lib/targets/with-target.js';
import { TsmonModule } from '../../lib/module/tsmon.module.js';
import type { TsmonModuleOptions } from '../../lib/options/tsmon-options.js';
import { FakeCloudMonitoring } from '../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { fakeAuth } from '../monitors/cloud-monitoring/monitors.js';
import { FakeExporter } from '../monitors/opentelemetry/fake-exporter.js';
import { ProdXServer } from '../monitors/prodx/prodx-server.js';

const CELLS = 3000;

describe('Node warns of no leak of listeners', () => {
  let registry: Registry;
  let warnings: string[];
  const warn = ({ name, message }: Error): unknown => warnings.push(`${name}: ${message}`);

  beforeEach(() => {
    registry = new Registry();
    warnings = [];
    process.on('warning', warn);
  });
  afterEach(() => void process.off('warning', warn));

  it('when 3000 cells are sent to two monitors', async () => {
    const monitors = [slowMonitor(), slowMonitor()];
    expect(await flush({ monitor: monitors })).toMatchObject({ outcome: 'sent' });
    expect(warnings).toEqual([]);
  });

  it('when 100 workers send', async () => {
    expect(await flush({ monitor: slowMonitor(), flush: { workers: 100 } })).toMatchObject({
      outcome: 'sent',
    });
    expect(warnings).toEqual([]);
  });

  it('when many callbacks wait', async () => {
    for (let i = 0; i < 50; i++) {
      registerCallback(() => sleep(10), { registry });
    }
    expect(await flush({ monitor: slowMonitor() })).toMatchObject({ outcome: 'sent' });
    expect(warnings).toEqual([]);
  });

  it(
    'when many targets go to Cloud Monitoring, OpenTelemetry and ProdX, by many workers',
    { timeout: 60_000 },
    async () => {
      const [google, prodx] = await Promise.all([
        new FakeCloudMonitoring().start(),
        ProdXServer.start(),
      ]);
      const exporter = new FakeExporter();
      exporter.answer = (_, done) => void setTimeout(() => done({ code: 0 }), 5);
      try {
        const report = await flush({
          monitor: [
            new CloudMonitoringMonitor({
              projectId: 'my-shop',
              location: 'europe-west1',
              endpoint: google.endpoint,
              auth: fakeAuth,
            }),
            new OpenTelemetryMonitor({ exporter, concurrency: 30 }),
            new ProdXMonitor({ endpoint: prodx.endpoint, insecure: true }),
          ],
          flush: { workers: 12, timeoutSec: 30 },
        });
        expect(report).toMatchObject({ outcome: 'sent' });
        expect(exporter.exported.length).toBeGreaterThan(50);
        expect(prodx.received.length).toBeGreaterThan(5);
        expect(warnings).toEqual([]);
      } finally {
        await google.stop();
        prodx.stop();
      }
    },
  );

  async function flush(options: TsmonModuleOptions): Promise<FlushReport> {
    const module = await Test.createTestingModule({
      imports: [
        TsmonModule.forRoot({
          ...options,
          registry,
          flush: { mode: 'background', ...options.flush },
        }),
      ],
    }).compile();
    await module.init();
    const orders = new Counter('shop/orders', { fields: { id: 'int' }, registry });
    for (let id = 0; id < CELLS; id++) {
      withTarget(new Device({ hostname: `printer-${id % 50}` }), () => orders.add(1, { id }));
    }
    const report = await module.get(TsmonService).flush();
    await module.close();
    // Node emits warnings in a later tick.
    await sleep(1);
    return report;
  }
});

/** Its chunks are small, many of them wait at a time, and each listens to the signal, as requests do. */
function slowMonitor(): Monitor {
  return {
    chunkSize: 100,
    send: async (_cells, _endTime, signal) => {
      await sleep(5, undefined, { signal });
      return { rejected: [] };
    },
    close: () => Promise.resolve(),
  };
}
