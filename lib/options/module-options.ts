import { httpOptions } from '../http/server/http-options.js';
import { defaultRegistry, isRegistry } from '../metrics/registry.js';
import { routeAuth } from '../routes/route-auth.js';
import { rpcOptions } from '../rpc/rpc-options.js';
import type { MetricSource } from '../sources/metric-source.js';
import { DEFAULT_CELLS_PER_METRIC } from '../store/in-memory-store.js';
import { isTask, Task, taskParts } from '../targets/task.js';
import { instanceIdOption } from '../task-numbers/claim.js';
import {
  isDatastoreClient,
  type DatastoreClient,
} from '../task-numbers/datastore/gapic-connection.js';
import { expirationSec, MAX_EXPIRATION_SEC } from '../task-numbers/expiration.js';
import { isTaskNumAllocator, type TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import { outOfRange, pathOf, wrongType } from '../validation/option-errors.js';
import {
  array,
  boolean,
  callable,
  integer,
  isFunction,
  isObject,
  number,
  object,
  oneOf,
  optional,
  custom,
  string,
  type Schema,
} from '../validation/schema.js';
import { constantFields } from './constant-fields.js';
import { checkIntervalAgainstExpiry, flushOptions } from './live-settings.js';
import { monitorOption } from './monitor-options.js';
import type {
  DatastoreClientOptions,
  SettingsSource,
  TsmonModuleOptions,
} from './tsmon-options.js';

const target: Schema<Task> = {
  wanted: 'a Task, or its parts',
  check(given, path) {
    if (isTask(given)) {
      return given;
    }
    if (!isObject(given)) {
      throw wrongType(path, this.wanted, given);
    }
    return new Task(taskParts.check(given, path));
  },
};

const expirationOfAllocator = number({ min: 1, max: MAX_EXPIRATION_SEC });

const allocator: Schema<TaskNumAllocator> = {
  wanted: 'an instance of a class that extends TaskNumAllocator',
  check(given, path) {
    if (!isTaskNumAllocator(given)) {
      throw wrongType(path, this.wanted, given);
    }
    expirationOfAllocator.check(given.expirationSec, pathOf(path, 'expirationSec'));
    return given;
  },
};

const datastoreClient = custom<DatastoreClient | DatastoreClientOptions>({
  wanted: 'a client of Datastore, or options for one',
  isType: isObject,
  isSecret: true,
});
const text = string({ isAllowed: () => true });
const DATASTORE_TEXTS = ['projectId', 'databaseId', 'apiEndpoint', 'keyFilename'] as const;

/** Checks what the client would check: it is created later, when the application has started. */
const datastore: Schema<DatastoreClient | DatastoreClientOptions> = {
  wanted: datastoreClient.wanted,
  check(given, path) {
    const checked = datastoreClient.check(given, path);
    if (isDatastoreClient(checked)) {
      return checked;
    }
    for (const name of DATASTORE_TEXTS) {
      optional(text).check(checked[name], pathOf(path, name));
    }
    if (checked.apiKey && checked.credentials) {
      throw outOfRange(path, 'options with apiKey or with credentials', ['apiKey', 'credentials']);
    }
    return checked;
  },
};
const source = custom<MetricSource>({
  wanted:
    'a source: an object with a name and a method read(), such as prometheusRegistry(register)',
  isType: (given): given is MetricSource =>
    isObject(given) && typeof given['name'] === 'string' && isFunction(given['read']),
});

/** The rules and defaults of the {@link TsmonModuleOptions}. */
export const moduleOptions = object({
  target: optional(target),
  instanceId: optional(instanceIdOption),
  registry: custom({
    wanted: 'a Registry: new Registry()',
    isType: isRegistry,
    default: defaultRegistry,
  }),
  enabled: boolean({ default: true }),
  monitor: optional(monitorOption),
  allocator: optional(allocator),
  datastore: optional(datastore),
  flush: flushOptions(),
  settings: optional(
    callable<SettingsSource>({ wanted: 'a function that returns { enabled, flush }' }),
  ),
  taskNumbers: object({
    expirationSec,
    heartbeatSec: optional(number({ min: 0.01 })),
    selfAssign: boolean({ default: false }),
  }),
  housekeeping: object({
    cron: boolean({ default: true }),
    controller: boolean({ default: true }),
    auth: optional(routeAuth(['app-engine', 'none', 'closed'])),
  }),
  http: httpOptions,
  rpc: rpcOptions,
  limits: object({
    cellsPerMetric: integer({ min: 1, max: 1_000_000, default: DEFAULT_CELLS_PER_METRIC }),
    mebibytesPerMonth: optional(number({ min: 0 })),
  }),
  shutdown: object({ timeoutSec: number({ min: 0.1, max: 600, default: 9 }) }),
  status: object({
    enabled: boolean({ default: false }),
    auth: routeAuth(['none', 'closed'], { default: 'closed' }),
    dollarsPerMebibyte: number({ min: 0, default: 0.258 }),
  }),
  runtimeStats: boolean({ default: true }),
  constantFields,
  exemplars: boolean({ default: true }),
  misuse: optional(oneOf(['throw', 'log'])),
  sources: array(source, { wanted: 'an array of sources', default: [] }),
});

/** The checked options, with the defaults that do not depend on the platform. */
export type ModuleSettings = ReturnType<typeof checkedModuleOptions>;

/**
 * Checks the options, alone and in combination, and fills in the defaults that do not depend on the platform.
 *
 * @throws TypeError or RangeError that names the option, its value and the fix.
 */
export function checkedModuleOptions(given: TsmonModuleOptions) {
  const settings = moduleOptions.check(given, '');
  const { allocator: own, taskNumbers, flush } = settings;
  if (own) {
    checkLeftToAllocator(given.taskNumbers);
  }
  const expiration = own?.expirationSec ?? taskNumbers.expirationSec;
  checkIntervalAgainstExpiry('flush.intervalSec', flush.intervalSec, expiration);
  return {
    ...settings,
    taskNumbers: {
      ...taskNumbers,
      expirationSec: expiration,
      heartbeatSec: checkedHeartbeat(taskNumbers.heartbeatSec, expiration),
    },
  };
}

function checkLeftToAllocator(given: TsmonModuleOptions['taskNumbers']): void {
  for (const name of ['expirationSec', 'selfAssign'] as const) {
    if (given?.[name] !== undefined) {
      const wanted = 'left out beside the option allocator, which has its own';
      throw outOfRange(`taskNumbers.${name}`, wanted, given[name]);
    }
  }
}

/** Checks that a claim is still alive after three failed heartbeats in a row. */
function checkedHeartbeat(heartbeatSec: number | undefined, expiration: number): number {
  const most = expiration / 4;
  if (heartbeatSec !== undefined && heartbeatSec > most) {
    const wanted = `at most ${most}, a quarter of expirationSec (${expiration})`;
    throw outOfRange('taskNumbers.heartbeatSec', wanted, heartbeatSec);
  }
  return heartbeatSec ?? expiration / 6;
}
