import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { log } from '../../lib/log.js';
import {
  DebugMonitor,
  InMemoryTaskNumAllocator,
  Registry,
  TsmonModule,
  TsmonService,
} from '../../lib/entry/index.js';
import type { Monitor } from '../../lib/monitors/monitor.js';
import { resourceOf } from '../../lib/monitors/cloud-monitoring/monitored-resource.js';
import { Counter } from '../../lib/metrics/counter.js';
import type { Platform } from '../../lib/platform/platform.js';
import { Task } from '../../lib/targets/task.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { createTestingTsmon } from '../../lib/testing/testing-tsmon.js';
import type { TsmonModuleOptions } from '../../lib/options/tsmon-options.js';
import { systemClock } from '../../lib/clock/clock.js';
import { chooseMonitors } from '../../lib/module/monitor-choice.js';
import { checkedModuleOptions } from '../../lib/options/module-options.js';
import { startSettings, type StartSettings } from '../../lib/module/start-settings.js';

const LAPTOP: Platform = {
  name: 'other',
  onGoogleCloud: false,
  throttlesCpu: false,
  trustsAppEngineHeaders: false,
  service: 'web',
  version: '',
  instanceId: 'box-42',
};
const CLOUD_RUN: Platform = { ...LAPTOP, name: 'cloud-run', onGoogleCloud: true, version: 'web-7' };

class HttpMonitor implements Monitor {
  readonly chunkSize = 0;
  readonly shared: boolean = true;
  async send(): Promise<{ rejected: [] }> {
    return { rejected: [] };
  }
  async close(): Promise<void> {}
}

const exporter = { export() {}, forceFlush: async () => {}, shutdown: async () => {} };
const SHARED: [string, TsmonModuleOptions['monitor']][] = [
  ['Cloud Monitoring', { cloudMonitoring: {} }],
  ['ProdX', { prodx: { endpoint: 'localhost:1' } as never }],
  ['OpenTelemetry', { openTelemetry: { exporter } }],
  ['a monitor of the application that says so', new HttpMonitor()],
  ['a shared one beside the log', [{ debug: {} }, new HttpMonitor()]],
];
const NOT_SHARED: [string, TsmonModuleOptions['monitor']][] = [
  ['the log, by default', undefined],
  ['the log, by name', { debug: {} }],
  ['a DebugMonitor', new DebugMonitor()],
  ['a FakeMonitor', new FakeMonitor()],
  ['one that says so', Object.assign(new HttpMonitor(), { shared: false })],
  [
    'one that says nothing',
    { chunkSize: 0, send: async () => ({ rejected: [] }), close: async () => {} },
  ],
];

async function settingsOf(given: TsmonModuleOptions, platform = LAPTOP): Promise<StartSettings> {
  const options = checkedModuleOptions({ registry: new Registry(), ...given });
  const { monitors } = await chooseMonitors(options.monitor, platform, 1800, systemClock);
  return startSettings(options, platform, monitors);
}

describe('the identity of an instance whose numbers are in memory by default', () => {
  beforeEach(() => {
    vi.stubEnv('DATASTORE_EMULATOR_HOST', '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.each(SHARED)(
    'T0 contains the instance if others share the monitor: %s',
    async (_, monitor) => {
      const one = await settingsOf({ monitor });
      const other = await settingsOf({ monitor });
      expect(one.task.hostName).toMatch(/^box-42-[0-9a-f]{8}$/);
      expect(other.task.group).not.toBe(one.task.group);
      expect(one.task.hostName).toBe(one.instanceId);
      expect(resourceOf(one.task, 'p', 'l').labels['task_id']).toBe(`local|${one.task.hostName}/0`);
      for (const part of [one.task.hostName, 'new set of streams', 'datastore', 'allocator: new']) {
        expect(one.identityWarning).toContain(part);
      }
    },
  );

  it.each(NOT_SHARED)(
    'does not contain the instance if no other process shares the monitor: %s',
    async (_, monitor) => {
      const settings = await settingsOf({ monitor });
      expect(settings.task.hostName).toBe('');
      expect(settings.identityWarning).toBeUndefined();
    },
  );

  it('T0 contains the instance beside the host of a target from the options', async () => {
    const target = { serviceName: 's', jobName: 'j', dataCenter: 'd', hostName: 'v7' };
    for (const given of [target, new Task(target)]) {
      const { task, identityWarning } = await settingsOf({
        monitor: new HttpMonitor(),
        target: given,
      });
      expect(task.labels()).toMatchObject({ service_name: 's', job_name: 'j', data_center: 'd' });
      expect(task.hostName).toMatch(/^v7-box-42-[0-9a-f]{8}$/);
      expect(identityWarning).toContain(task.hostName);
    }
  });

  it('T0 contains any instanceId from the options', async () => {
    const { task } = await settingsOf({ monitor: new HttpMonitor(), instanceId: 'a|b' });
    expect(task.hostName).toMatch(/^a_b-[0-9a-f]{8}$/);
  });

  it("is the target's if numbers are shared, or the options have an allocator", async () => {
    const monitor = new HttpMonitor();
    const cases = await Promise.all([
      settingsOf({ monitor, allocator: new InMemoryTaskNumAllocator() }),
      settingsOf({ monitor, datastore: {} }),
      settingsOf({ monitor }, CLOUD_RUN),
      settingsOf({}, CLOUD_RUN),
    ]);
    expect(cases.map(({ task }) => task.hostName)).toEqual(['', '', 'web-7', 'web-7']);
    expect(cases.map(({ identityWarning }) => identityWarning)).toEqual(cases.map(() => undefined));
    vi.stubEnv('DATASTORE_EMULATOR_HOST', 'localhost:1');
    expect((await settingsOf({ monitor })).task.hostName).toBe('');
  });

  it('T0 is on each cell and in the status, with one warning', async () => {
    const warnings = vi.spyOn(log, 'warn');
    const registry = new Registry();
    const monitor = Object.assign(new FakeMonitor(), { shared: true });
    const module = TsmonModule.forRoot({ registry, monitor, runtimeStats: false });
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    new Counter('m', { registry }).add(1);
    const service = app.get(TsmonService);
    await service.flush();
    const { target } = service.status();
    await app.close();
    const hosts = monitor.calls.flatMap(({ cells }) =>
      cells.map(cell => cell.target.labels()['host_name']),
    );
    expect(new Set(hosts)).toEqual(new Set([target!['host_name']]));
    expect(target!['host_name']).not.toBe('');
    expect(warnings.mock.calls.filter(([text]) => text.includes('in memory'))).toHaveLength(1);
  });

  it('is not changed by the testing kit', async () => {
    const registry = new Registry();
    const warnings = vi.spyOn(log, 'warn');
    const tsmon = createTestingTsmon({ registry });
    const app = await NestFactory.createApplicationContext(tsmon.module, { logger: false });
    new Counter('m', { registry }).add(1);
    await tsmon.flush();
    await app.close();
    expect(tsmon.monitor.calls[0]!.cells[0]!.target.labels()).toMatchObject({ host_name: '' });
    expect(warnings).not.toHaveBeenCalled();
  });
});
