import { describe, expect, it } from 'vitest';
import { CloudMonitoringMonitor } from '../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import { DebugMonitor } from '../../lib/monitors/debug/debug-monitor.js';
import { OpenTelemetryMonitor } from '../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from '../../lib/monitors/prodx/prodx-monitor.js';
import type { Platform } from '../../lib/platform/platform.js';
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
const EXPORTER = {
  export: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

function chooseMonitors(
  given: readonly MonitorOption[] | undefined,
  platform: Platform,
): ChosenMonitors {
  return choose(given, platform, 1800);
}

describe('the monitors', () => {
  it('are Cloud Monitoring on Google Cloud, and the log elsewhere, where nothing is set', () => {
    expect(chooseMonitors(undefined, CLOUD_RUN)).toEqual({
      monitors: [expect.any(CloudMonitoringMonitor)],
      reason: 'on cloud-run',
    });
    expect(chooseMonitors(undefined, ELSEWHERE)).toEqual({
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
  ])('are made by name, or taken as they are: %o', (option, expected) => {
    const { monitors, reason } = chooseMonitors([option], ELSEWHERE);
    expect(monitors).toEqual([expect.any(expected)]);
    expect(reason).toBe('option monitor');
  });

  it('may be several, in the order in which they are given', () => {
    const fake = new FakeMonitor();
    const { monitors } = chooseMonitors([{ debug: {} }, fake], CLOUD_RUN);
    expect(monitors).toEqual([expect.any(DebugMonitor), fake]);
  });

  it('say what is wrong with their own options at the start', () => {
    const prodx = { endpoint: '' };
    expect(() => chooseMonitors([{ prodx }], ELSEWHERE)).toThrow(/endpoint/);
    const cloudMonitoring = { metricTypePrefix: '/chrome/infra/' };
    expect(() => chooseMonitors([{ cloudMonitoring }], ELSEWHERE)).toThrow(/metricTypePrefix/);
  });

  it('T1 refuse an expiry that is too short for points that are dated ahead', () => {
    expect(() => choose(undefined, CLOUD_RUN, 59)).toThrow(
      'Option taskNumbers.expirationSec must be at least 60 with Cloud Monitoring, got 59.',
    );
    expect(choose(undefined, CLOUD_RUN, 60).monitors).toHaveLength(1);
    expect(choose(undefined, ELSEWHERE, 1).monitors).toHaveLength(1);
  });
});
