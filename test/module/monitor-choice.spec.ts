import { describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/clock/clock.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { CloudMonitoringMonitor } from '../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import { DebugMonitor } from '../../lib/monitors/debug/debug-monitor.js';
import { OpenTelemetryMonitor } from '../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from '../../lib/monitors/prodx/prodx-monitor.js';
import type { Platform } from '../../lib/platform/platform.js';
import { Task } from '../../lib/targets/task.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { chooseMonitors as choose, type ChosenMonitors } from '../../lib/module/monitor-choice.js';
import type { MonitorOption } from '../../lib/options/tsmon-options.js';

const ELSEWHERE: Platform = {
  name: 'other',
  onGoogleCloud: false,
  throttlesCpu: false,
  trustsAppEngineHeaders: false,
  service: 'web',
  version: '',
  instanceId: 'i',
};
const CLOUD_RUN: Platform = {
  ...ELSEWHERE,
  name: 'cloud-run',
  onGoogleCloud: true,
  projectId: 'my-shop',
  region: 'europe-west1',
};
const TASK = new Task({ serviceName: 's', jobName: 'j' });
const EXPORTER = {
  export: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

function chooseMonitors(
  given: readonly MonitorOption[] | undefined,
  platform: Platform,
): Promise<ChosenMonitors> {
  return choose(given, platform, 1800, systemClock);
}

describe('the monitors', () => {
  it('are Cloud Monitoring on Google Cloud, and the log elsewhere, by default', async () => {
    expect(await chooseMonitors(undefined, CLOUD_RUN)).toEqual({
      monitors: [expect.any(CloudMonitoringMonitor)],
      reason: 'on cloud-run',
    });
    expect(await chooseMonitors(undefined, ELSEWHERE)).toEqual({
      monitors: [expect.any(DebugMonitor)],
      reason: 'not on Google Cloud, and no option monitor',
    });
  });

  it.each<[MonitorOption, unknown]>([
    [{ cloudMonitoring: { projectId: 'my-shop' } }, CloudMonitoringMonitor],
    [{ prodx: { endpoint: 'prodx.example.com:443' } }, ProdXMonitor],
    [{ openTelemetry: { exporter: EXPORTER } }, OpenTelemetryMonitor],
    [{ debug: { format: 'json' } }, DebugMonitor],
    [new FakeMonitor(), FakeMonitor],
  ])('are made by name, or taken as they are: %o', async (option, expected) => {
    const { monitors, reason } = await chooseMonitors([option], ELSEWHERE);
    expect(monitors).toEqual([expect.any(expected)]);
    expect(reason).toBe('option monitor');
  });

  it('may be several, in the order in which they are given', async () => {
    const fake = new FakeMonitor();
    const { monitors } = await chooseMonitors([{ debug: {} }, fake], CLOUD_RUN);
    expect(monitors).toEqual([expect.any(DebugMonitor), fake]);
  });

  it('name a mistake in their own options at the start', async () => {
    const prodx = { endpoint: '' };
    await expect(chooseMonitors([{ prodx }], ELSEWHERE)).rejects.toThrow(/endpoint/);
    const cloudMonitoring = { metricTypePrefix: '/chrome/infra/' };
    await expect(chooseMonitors([{ cloudMonitoring }], ELSEWHERE)).rejects.toThrow(
      /metricTypePrefix/,
    );
  });

  it('T1 refuse an expiry that is too short for points dated ahead', async () => {
    await expect(choose(undefined, CLOUD_RUN, 59, systemClock)).rejects.toThrow(
      'Option taskNumbers.expirationSec must be at least 60 with CloudMonitoringMonitor, got 59.',
    );
    expect((await choose(undefined, CLOUD_RUN, 60, systemClock)).monitors).toHaveLength(1);
    expect((await choose(undefined, ELSEWHERE, 1, systemClock)).monitors).toHaveLength(1);
  });

  it('T1 refuse an expiry that is too short for a monitor of the application', async () => {
    const monitor = Object.assign(new FakeMonitor(), { name: 'Slow', leastExpirationSec: 120 });
    await expect(choose([{ debug: {} }, monitor], ELSEWHERE, 119, systemClock)).rejects.toThrow(
      'Option taskNumbers.expirationSec must be at least 120 with Slow, got 119.',
    );
    expect((await choose([monitor], ELSEWHERE, 120, systemClock)).monitors).toEqual([monitor]);
  });

  it('R4 are made with the clock of the module, unless their options name another', async () => {
    const clock = new ManualClock(1000);
    const cell = { metric: new IntGauge('m', { registry: new Registry() }), fieldValues: [] };
    const reasonUnder = async (own: object): Promise<string | undefined> => {
      const given = [{ cloudMonitoring: { projectId: 'p', ...own } }];
      const [monitor] = (await choose(given, ELSEWHERE, 1800, clock)).monitors;
      const cells = [{ ...cell, target: TASK, resetTime: 0, value: 1 }];
      const { rejected } = await monitor.send(cells, 60e6, new AbortController().signal);
      return rejected[0]?.reason;
    };
    expect(await reasonUnder({})).toContain('was ahead by 59 s');
    expect(await reasonUnder({ clock: new ManualClock(2000) })).toContain('was ahead by 58 s');
  });
});
