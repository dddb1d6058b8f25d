import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Counter } from '../lib/metrics/counter.js';
import { CumulativeDistribution } from '../lib/metrics/cumulative-distribution.js';
import { Registry } from '../lib/metrics/registry.js';
import { cloudMonitoringOptions } from '../lib/monitors/cloud-monitoring/cloud-monitoring-options.js';
import { DebugMonitor } from '../lib/monitors/debug/debug-monitor.js';
import { LogOutput } from '../lib/monitors/debug/debug-output.js';
import { textLines } from '../lib/monitors/debug/text-lines.js';
import { OpenTelemetryMonitor } from '../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { prodxOptions } from '../lib/monitors/prodx/prodx-options.js';
import { Device } from '../lib/targets/device.js';
import { Task } from '../lib/targets/task.js';
import { DatastoreTaskNumAllocator } from '../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { InMemoryTaskNumAllocator } from '../lib/task-numbers/in-memory-task-num-allocator.js';
import { FakeMonitor } from '../lib/testing/fake-monitor.js';
import { systemClock } from '../lib/clock/clock.js';
import { ManualClock } from '../lib/testing/manual-clock.js';
import { optionsForTests, TEST_PLATFORM } from '../lib/testing/test-options.js';
import { checkedLiveSettings } from '../lib/options/live-settings.js';
import { TsmonModule } from '../lib/module/tsmon.module.js';
import { chooseMonitors } from '../lib/module/monitor-choice.js';
import { checkedModuleOptions } from '../lib/options/module-options.js';
import type { TsmonModuleOptions } from '../lib/options/tsmon-options.js';
import { ROOT } from './docs/readme-markdown.js';
import { complaintsOf } from './docs/readme-typescript.js';
import { sourcesOfLib } from './house/sources.js';
import { FakeExporter } from './monitors/opentelemetry/fake-exporter.js';

/** Types that take options, besides those that are named so. */
const OTHERS: ReadonlySet<string> = new Set([
  'MonitorByName',
  'OpenTelemetryExportResult',
  'AssignmentReport',
  'TargetGroupReport',
  'TsmonSettings',
]);

const CONSUMER = join(ROOT, 'of-a-consumer', 'options.ts');
const FAULTY_CONSUMER = join(ROOT, 'of-a-consumer', 'faulty-options.ts');
const BEGINNING = `
  import * as tsmon from 'nestjs-tsmon';

  type Optional<T> = { [Name in keyof T]-?: {} extends Pick<T, Name> ? Name : never }[keyof T];
  type AllUndefined<T> = { [Name in Optional<T>]: undefined } & Omit<T, Optional<T>>;
  declare function takes<T>(options: T): void;
`;

/** What the compiler says to consumers whose own settings are the strictest. */
function complaintsTo(linesByPath: Record<string, readonly string[]>): Map<string, string[]> {
  const sources = Object.entries(linesByPath).map(
    ([path, lines]) => [path, [BEGINNING, ...lines].join('\n')] as const,
  );
  return complaintsOf(new Map(sources), { exactOptionalPropertyTypes: true });
}

/** The types that a user gives values of, as `import('…').Name`. */
function typesOfOptions(): string[] {
  return Object.entries(sourcesOfLib()).flatMap(([path, text]) => {
    const named = [...text.matchAll(PUBLIC_TYPE)].map(([, name]) => name!);
    return (
      named
        .filter(name => /(Options|Parts)$/.test(name) || OTHERS.has(name))
        // Others than those that it names may be given to a client of Datastore, so its keys cannot be listed.
        .filter(name => name !== 'DatastoreClientOptions')
        .map(name => `import('../lib/${path.replace('.ts', '.js')}').${name}`)
    );
  });
}

/** A type whose docstring is part of the API reference, as a page or inside of another one. */
const PUBLIC_TYPE = /@(?:publicApi|inline)\n \*\/\nexport (?:interface|type) (\w+)/g;

describe('with exactOptionalPropertyTypes', () => {
  it(
    'an explicit undefined compiles for each option that may be left out, and for no other',
    { timeout: 60_000 },
    () => {
      const types = [
        ...typesOfOptions(),
        'ConstructorParameters<typeof tsmon.Device>[0]',
        'NonNullable<ConstructorParameters<typeof tsmon.InMemoryTaskNumAllocator>[0]>',
      ];
      expect(types.length).toBeGreaterThan(20);
      const lines = types.map(type => `takes<${type}>({} as AllUndefined<${type}>);`);
      lines.push(
        `tsmon.TrackMetric('a', { description: undefined, registry: undefined });`,
        `takes<tsmon.DatastoreClientOptions>({ projectId: undefined, databaseId: undefined, apiEndpoint: undefined, keyFilename: undefined });`,
        `tsmon.TsmonModule.forRoot({ isGlobal: undefined, flush: { mode: undefined } });`,
        `tsmon.TsmonModule.forRootAsync({ isGlobal: undefined, useFactory: () => ({ enabled: undefined }) });`,
      );
      const faulty = '{ a?: number; b: string }';
      const complaints = complaintsTo({
        [CONSUMER]: lines,
        [FAULTY_CONSUMER]: [`takes<${faulty}>({} as AllUndefined<${faulty}>);`],
      });
      expect(complaints.get(CONSUMER)).toEqual([]);
      expect(complaints.get(FAULTY_CONSUMER)).toHaveLength(1);
    },
  );
});

/** The same with undefined for all that is named. */
function undefinedFor<T extends object>(...names: (keyof T)[]): T {
  return Object.fromEntries(names.map(name => [name, undefined])) as T;
}

describe('an explicit undefined is the same as nothing', () => {
  it('in the options of the module', () => {
    const all = undefinedFor<TsmonModuleOptions>(
      'target',
      'instanceId',
      'registry',
      'enabled',
      'monitor',
      'allocator',
      'datastore',
      'flush',
      'settings',
      'taskNumbers',
      'housekeeping',
      'http',
      'limits',
      'shutdown',
      'status',
      'runtimeStats',
    );
    expect(checkedModuleOptions(all)).toEqual(checkedModuleOptions({}));
  });

  it('in their parts', () => {
    const flush = {
      mode: undefined,
      intervalSec: undefined,
      timeoutSec: undefined,
      workers: undefined,
    };
    const parts: TsmonModuleOptions = {
      flush,
      taskNumbers: { expirationSec: undefined, heartbeatSec: undefined, selfAssign: undefined },
      housekeeping: { cron: undefined, controller: undefined, auth: undefined },
      http: { enabled: undefined, ignore: undefined, client: undefined },
      limits: { cellsPerMetric: undefined, mebibytesPerMonth: undefined },
      shutdown: { timeoutSec: undefined },
      status: { enabled: undefined, auth: undefined, dollarsPerMebibyte: undefined },
    };
    expect(checkedModuleOptions(parts)).toEqual(checkedModuleOptions({}));
    const base = { mode: 'both', intervalSec: 7, timeoutSec: 3, workers: 2, quietSec: 9 } as const;
    const live = { enabled: false, flush: base };
    expect(checkedLiveSettings({ enabled: undefined, flush: undefined }, live, 1800)).toEqual(live);
    expect(checkedLiveSettings({ flush }, live, 1800)).toEqual(live);
  });

  it('beside the one way of authorization, or the one monitor, that is given', async () => {
    const guard = { canActivate: () => true };
    const auth = { guard, oidc: undefined } as { guard: typeof guard };
    const { status, housekeeping } = checkedModuleOptions({
      status: { auth },
      housekeeping: { auth },
    });
    expect(status.auth).toEqual({ guard });
    expect(Object.keys(status.auth)).toEqual(['guard']);
    expect(housekeeping.auth).toEqual({ guard });
    const monitor = { debug: {}, prodx: undefined, cloudMonitoring: undefined };
    const given = checkedModuleOptions({ monitor }).monitor;
    expect(await chooseMonitors(given, TEST_PLATFORM, 1800, systemClock)).toMatchObject({
      monitors: [expect.any(DebugMonitor)],
    });
  });

  it('in isGlobal', () => {
    expect(TsmonModule.forRoot({ isGlobal: undefined }).global).toBe(true);
    expect(TsmonModule.forRoot({ isGlobal: false }).global).toBe(false);
    const useFactory = (): TsmonModuleOptions => ({});
    expect(TsmonModule.forRootAsync({ isGlobal: undefined, useFactory }).global).toBe(true);
  });

  it('where the platform knows the project and the region of Cloud Monitoring', async () => {
    const platform = { ...TEST_PLATFORM, projectId: 'my-shop', region: 'europe-west1' };
    const given = [{ cloudMonitoring: { projectId: undefined, location: undefined } }];
    const { monitors } = await chooseMonitors(given, platform, 1800, systemClock);
    const [monitor] = monitors;
    const access = (monitor as unknown as { access: { knownProjectId: string } }).access;
    expect(access.knownProjectId).toBe('my-shop');
  });

  it('in the options of monitors', () => {
    const google = {
      projectId: undefined,
      location: undefined,
      metricTypePrefix: undefined,
      endpoint: undefined,
      credentials: undefined,
      auth: undefined,
      clock: undefined,
    };
    const inGoogle = 'monitor.cloudMonitoring';
    expect(cloudMonitoringOptions.check(google, inGoogle)).toEqual(
      cloudMonitoringOptions.check({}, inGoogle),
    );
    const endpoint = 'localhost:1';
    const prodx = {
      endpoint,
      credentials: undefined,
      insecure: undefined,
      metricNamePrefix: undefined,
    };
    expect(prodxOptions.check(prodx, 'monitor.prodx')).toEqual(
      prodxOptions.check({ endpoint }, 'monitor.prodx'),
    );
    expect(new DebugMonitor({ file: undefined, format: undefined })).toMatchObject({
      output: expect.any(LogOutput),
      linesOf: textLines,
    });
    const exporter = new FakeExporter();
    const openTelemetry = new OpenTelemetryMonitor({
      exporter,
      metricName: undefined,
      resourceAttributes: undefined,
      exponentialHistograms: undefined,
      chunkSize: undefined,
      concurrency: undefined,
      clock: undefined,
    });
    expect(openTelemetry.chunkSize).toBe(new OpenTelemetryMonitor({ exporter }).chunkSize);
  });

  it('in metrics and targets', () => {
    const nothing = { description: undefined, fields: undefined, units: undefined };
    const registry = new Registry();
    const counter = new Counter('a', { ...nothing, registry });
    expect(counter.describe()).toBe(new Counter('a', { registry }).describe());
    const distribution = new CumulativeDistribution('b', { bucketer: undefined, registry });
    expect(distribution.bucketer).toBe(new CumulativeDistribution('b', { registry }).bucketer);
    const task = { serviceName: 's', jobName: 'j' };
    expect(
      new Task({ ...task, dataCenter: undefined, hostName: undefined, taskNum: undefined }),
    ).toEqual(new Task(task));
    expect(
      new Device({ hostname: 'h', metro: undefined, role: undefined, hostgroup: undefined }),
    ).toEqual(new Device({ hostname: 'h' }));
  });

  it('in the options of allocators', () => {
    const nothing = { expirationSec: undefined, clock: undefined };
    expect(new InMemoryTaskNumAllocator(nothing).expirationSec).toBe(1800);
    const client = { options: {}, auth: {}, getProjectId: () => Promise.resolve('p') };
    const options = { ...nothing, selfAssign: undefined, onSelfAssignment: undefined };
    expect(new DatastoreTaskNumAllocator(client, options).expirationSec).toBe(1800);
  });

  it('in the options of a test, which override those of the application', () => {
    const given: TsmonModuleOptions = {
      instanceId: 'i',
      flush: { intervalSec: 7 },
      taskNumbers: { expirationSec: 600, heartbeatSec: 50 },
      housekeeping: { controller: false },
    };
    const wanted: TsmonModuleOptions = {
      instanceId: undefined,
      flush: { mode: undefined, intervalSec: undefined },
      taskNumbers: { expirationSec: undefined, heartbeatSec: undefined },
      housekeeping: { cron: undefined, controller: undefined },
    };
    const monitor = new FakeMonitor();
    const clock = new ManualClock();
    expect(optionsForTests(given, wanted, monitor, clock)).toEqual(
      optionsForTests(given, {}, monitor, clock),
    );
  });
});
