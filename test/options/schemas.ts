import {
  httpBucketersOptions,
  httpMetricsOptions,
  httpOptions,
} from '../../lib/http/server/http-options.js';
import { cloudMonitoringOptions } from '../../lib/monitors/cloud-monitoring/cloud-monitoring-options.js';
import { debugOptions } from '../../lib/monitors/debug/debug-options.js';
import { openTelemetryOptions } from '../../lib/monitors/opentelemetry/opentelemetry-options.js';
import { prodxOptions } from '../../lib/monitors/prodx/prodx-options.js';
import { flushOptions } from '../../lib/options/live-settings.js';
import { moduleOptions } from '../../lib/options/module-options.js';
import { monitorByName } from '../../lib/options/monitor-options.js';
import { rpcOptions } from '../../lib/rpc/rpc-options.js';
import { deviceParts } from '../../lib/targets/device.js';
import { prometheusRegistryOptions } from '../../lib/sources/prometheus-registry.js';
import { taskParts } from '../../lib/targets/task.js';
import { datastoreAllocatorOptions } from '../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { inMemoryAllocatorOptions } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { pathOf } from '../../lib/validation/option-errors.js';
import type { GroupSchema, Schema } from '../../lib/validation/schema.js';
import { FakeExporter } from '../monitors/opentelemetry/fake-exporter.js';

/** The options of one interface. */
export interface Group {
  /** The interface that declares them, and its file. */
  readonly declaredBy: string;
  readonly file: string;
  readonly schema: GroupSchema<object>;
  /** How messages name the group. */
  readonly path: string;
  /** Those that must be given. */
  readonly required?: object;
}

const OPTIONS = 'lib/options/tsmon-options.ts';
const MONITORS = 'lib/monitors';
const NUMBERS = 'lib/task-numbers';
const endpoint = 'localhost:1';

/** A group inside of the options of the module. */
function partOf(name: keyof typeof moduleOptions.options): GroupSchema<object> {
  return moduleOptions.options[name] as GroupSchema<object>;
}

/** All groups of options of the library. */
export const GROUPS: readonly Group[] = [
  { file: OPTIONS, declaredBy: 'TsmonModuleOptions', schema: moduleOptions, path: '' },
  ...(
    [
      ['taskNumbers', 'TaskNumbersOptions'],
      ['housekeeping', 'HousekeepingOptions'],
      ['limits', 'LimitsOptions'],
      ['shutdown', 'ShutdownOptions'],
      ['status', 'StatusOptions'],
    ] as const
  ).map(([path, declaredBy]) => ({ file: OPTIONS, declaredBy, schema: partOf(path), path })),
  { file: OPTIONS, declaredBy: 'MonitorByName', schema: monitorByName, path: 'monitor' },
  {
    file: 'lib/sources/prometheus-registry.ts',
    declaredBy: 'PrometheusRegistryOptions',
    schema: prometheusRegistryOptions,
    path: 'prometheusRegistry()',
  },
  {
    file: 'lib/http/server/http-options.ts',
    declaredBy: 'HttpOptions',
    schema: httpOptions,
    path: 'http',
  },
  {
    file: 'lib/http/server/http-options.ts',
    declaredBy: 'HttpMetricsOptions',
    schema: httpMetricsOptions,
    path: 'http.metrics',
  },
  {
    file: 'lib/http/server/http-options.ts',
    declaredBy: 'HttpBucketersOptions',
    schema: httpBucketersOptions,
    path: 'http.bucketers',
  },
  {
    file: 'lib/rpc/rpc-options.ts',
    declaredBy: 'RpcOptions',
    schema: rpcOptions,
    path: 'rpc',
  },
  {
    file: 'lib/flush/flush-settings.ts',
    declaredBy: 'FlushOptions',
    schema: flushOptions(),
    path: 'flush',
  },
  {
    file: `${MONITORS}/cloud-monitoring/cloud-monitoring-options.ts`,
    declaredBy: 'CloudMonitoringMonitorOptions',
    schema: cloudMonitoringOptions,
    path: 'monitor.cloudMonitoring',
  },
  {
    file: `${MONITORS}/prodx/prodx-options.ts`,
    declaredBy: 'ProdXMonitorOptions',
    schema: prodxOptions,
    path: 'monitor[1].prodx',
    required: { endpoint },
  },
  {
    file: `${MONITORS}/opentelemetry/opentelemetry-options.ts`,
    declaredBy: 'OpenTelemetryMonitorOptions',
    schema: openTelemetryOptions,
    path: 'OpenTelemetryMonitor',
    required: { exporter: new FakeExporter() },
  },
  {
    file: `${MONITORS}/debug/debug-options.ts`,
    declaredBy: 'DebugMonitorOptions',
    schema: debugOptions,
    path: 'DebugMonitor',
  },
  {
    file: `${NUMBERS}/in-memory-task-num-allocator.ts`,
    declaredBy: 'InMemoryTaskNumAllocatorOptions',
    schema: inMemoryAllocatorOptions,
    path: 'InMemoryTaskNumAllocator',
  },
  {
    file: `${NUMBERS}/datastore/datastore-task-num-allocator.ts`,
    declaredBy: 'DatastoreTaskNumAllocatorOptions',
    schema: datastoreAllocatorOptions,
    path: 'DatastoreTaskNumAllocator',
  },
  {
    file: 'lib/targets/task.ts',
    declaredBy: 'TaskParts',
    schema: taskParts,
    path: 'target',
    required: { serviceName: 's', jobName: 'j' },
  },
  {
    file: 'lib/targets/device.ts',
    declaredBy: 'DeviceParts',
    schema: deviceParts,
    path: 'Device',
    required: { hostname: 'h' },
  },
];

/** One option of a group. */
export interface Option {
  readonly path: string;
  readonly wanted: string;
  /** Checks the group with this value for the option. */
  readonly check: (value: unknown) => unknown;
}

/** Every option that is in a group. */
export const ALL_OPTIONS: readonly Option[] = GROUPS.flatMap(({ schema, path, required }) =>
  Object.entries<Schema<unknown>>(schema.options as Record<string, Schema<unknown>>).map(
    ([name, { wanted }]) => ({
      path: pathOf(path, name),
      wanted,
      check: value => schema.check({ ...required, [name]: value }, path),
    }),
  ),
);
