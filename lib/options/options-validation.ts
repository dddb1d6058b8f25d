import type { HousekeepingAuth } from '../housekeeping/housekeeping-settings.js';
import {
  validateHttpOptions,
  type HttpOptions,
  type ResolvedHttpOptions,
} from '../http/server/http-options.js';
import { defaultRegistry, isRegistry, type Registry } from '../metrics/registry.js';
import type { Monitor } from '../monitors/monitor.js';
import { isRouteAuth, ROUTE_AUTH_OBJECTS, type RouteAuth } from '../routes/route-auth.js';
import { DEFAULT_CELLS_PER_METRIC } from '../store/in-memory-store.js';
import type { StatusAuth } from '../status/status-settings.js';
import { isTask, Task } from '../targets/task.js';
import type { DatastoreClient } from '../task-numbers/datastore/gapic-connection.js';
import { DEFAULT_EXPIRATION_SEC, MAX_EXPIRATION_SEC } from '../task-numbers/expiration.js';
import { isTaskNumAllocator, type TaskNumAllocator } from '../task-numbers/task-num-allocator.js';
import {
  checkIntervalAgainstExpiry,
  DEFAULT_FLUSH,
  resolveFlush,
  resolveSettingsSource,
  type GivenFlush,
} from './live-settings.js';
import {
  bool,
  integer,
  known,
  number,
  object,
  withoutUndefined,
  wrong,
} from '../validation/option-checks.js';
import {
  MONITOR_NAMES,
  type DatastoreClientOptions,
  type HousekeepingOptions,
  type LimitsOptions,
  type MonitorByName,
  type MonitorOption,
  type SettingsSource,
  type ShutdownOptions,
  type StatusOptions,
  type TaskNumbersOptions,
  type TsmonModuleOptions,
} from './tsmon-options.js';

/** The options with their defaults, but for those that depend on the platform. */
export interface ResolvedOptions {
  readonly target: Task | undefined;
  readonly instanceId: string | undefined;
  readonly registry: Registry;
  readonly enabled: boolean;
  /** Not empty. */
  readonly monitor: readonly MonitorOption[] | undefined;
  readonly allocator: TaskNumAllocator | undefined;
  readonly datastore: DatastoreClient | DatastoreClientOptions | undefined;
  readonly flush: GivenFlush;
  /** Where `enabled` and `flush` are read from while the application runs. */
  readonly settings: SettingsSource | undefined;
  readonly expirationSec: number;
  readonly heartbeatSec: number;
  readonly selfAssign: boolean;
  readonly housekeeping: {
    readonly cron: boolean;
    readonly controller: boolean;
    readonly auth: HousekeepingAuth | undefined;
  };
  readonly http: ResolvedHttpOptions;
  readonly cellsPerMetric: number;
  readonly shutdownTimeoutSec: number;
  readonly status: { readonly enabled: boolean; readonly auth: StatusAuth };
  readonly runtimeStats: boolean;
}

/**
 * Checks the options, and fills in the defaults that do not depend on the platform.
 *
 * @throws TypeError or RangeError that names the option, its value and what to do.
 */
export function resolveOptions(given: TsmonModuleOptions): ResolvedOptions {
  const options = known<TsmonModuleOptions>('TsmonModule options', given, [
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
  ]);
  const flush = resolveFlush(options.flush, DEFAULT_FLUSH);
  const allocator = resolveAllocator(options.allocator);
  const taskNumbers = resolveTaskNumbers(options.taskNumbers, allocator);
  checkIntervalAgainstExpiry(flush.intervalSec, taskNumbers.expirationSec);
  const limits = known<LimitsOptions>('limits', options.limits, ['cellsPerMetric']);
  const shutdown = known<ShutdownOptions>('shutdown', options.shutdown, ['timeoutSec']);
  return {
    target: resolveTarget(options.target),
    instanceId: resolveInstanceId(options.instanceId),
    registry: resolveRegistry(options.registry),
    enabled: bool('enabled', options.enabled ?? true),
    monitor: resolveMonitor(options.monitor),
    allocator,
    datastore: resolveDatastore(options.datastore),
    flush,
    settings: resolveSettingsSource(options.settings),
    ...taskNumbers,
    housekeeping: resolveHousekeeping(options.housekeeping),
    http: validateHttpOptions(
      known<HttpOptions>('http', options.http, ['enabled', 'ignore', 'interceptor', 'client']),
    ),
    cellsPerMetric: integer(
      'limits.cellsPerMetric',
      limits.cellsPerMetric ?? DEFAULT_CELLS_PER_METRIC,
      1,
      1_000_000,
    ),
    shutdownTimeoutSec: number('shutdown.timeoutSec', shutdown.timeoutSec ?? 9, 0.1, 600),
    status: resolveStatus(options.status),
    runtimeStats: bool('runtimeStats', options.runtimeStats ?? true),
  };
}

function resolveTarget(target: TsmonModuleOptions['target']): Task | undefined {
  if (target === undefined || isTask(target)) {
    return target;
  }
  return new Task(object('target', target, 'a Task, or its parts'));
}

function resolveInstanceId(instanceId: unknown): string | undefined {
  if (instanceId !== undefined && (typeof instanceId !== 'string' || instanceId === '')) {
    throw wrong('instanceId', instanceId, 'a string that is not empty');
  }
  return instanceId;
}

function resolveRegistry(registry: unknown = defaultRegistry): Registry {
  if (!isRegistry(registry)) {
    throw wrong('registry', registry, 'a Registry: new Registry()');
  }
  return registry;
}

function resolveMonitor(
  monitor: TsmonModuleOptions['monitor'],
): readonly MonitorOption[] | undefined {
  if (monitor === undefined) {
    return undefined;
  }
  if (!Array.isArray(monitor)) {
    return [resolveOneMonitor('monitor', monitor as MonitorOption)];
  }
  if (monitor.length === 0) {
    throw wrong('monitor', monitor, 'a Monitor, or a list with at least one');
  }
  return monitor.map((one, i) => resolveOneMonitor(`monitor[${i}]`, one as MonitorOption));
}

function resolveOneMonitor(name: string, monitor: MonitorOption): MonitorOption {
  const wanted = `a Monitor, or the name of one with its options: { cloudMonitoring: {} }`;
  const given = object(name, monitor, wanted) as Partial<Monitor> & MonitorByName;
  if (given.send !== undefined || given.close !== undefined) {
    if (typeof given.send !== 'function' || typeof given.close !== 'function') {
      throw wrong(name, monitor, 'a Monitor, with the methods send() and close()');
    }
    integer(`${name}.chunkSize`, given.chunkSize, 0, Number.MAX_SAFE_INTEGER);
    bool(`${name}.shared`, given.shared ?? false);
    return monitor;
  }
  const named = known<MonitorByName>(name, given, MONITOR_NAMES);
  if (MONITOR_NAMES.filter(one => named[one] !== undefined).length !== 1) {
    throw wrong(name, monitor, `${wanted}, with exactly one of ${MONITOR_NAMES.join(', ')}`);
  }
  return named;
}

function resolveAllocator(allocator: unknown): TaskNumAllocator | undefined {
  if (allocator !== undefined && !isTaskNumAllocator(allocator)) {
    throw wrong('allocator', allocator, 'an instance of a class that extends TaskNumAllocator');
  }
  if (allocator) {
    number('allocator.expirationSec', allocator.expirationSec, 1, MAX_EXPIRATION_SEC);
  }
  return allocator;
}

function resolveDatastore(
  datastore: TsmonModuleOptions['datastore'],
): TsmonModuleOptions['datastore'] {
  return datastore === undefined
    ? undefined
    : object('datastore', datastore, 'a client of Datastore, or options for one');
}

function resolveTaskNumbers(
  given: TaskNumbersOptions | undefined,
  allocator: TaskNumAllocator | undefined,
): Pick<ResolvedOptions, 'expirationSec' | 'heartbeatSec' | 'selfAssign'> {
  const taskNumbers = known<TaskNumbersOptions>('taskNumbers', given, [
    'expirationSec',
    'heartbeatSec',
    'selfAssign',
  ]);
  for (const name of ['expirationSec', 'selfAssign'] as const) {
    if (allocator && taskNumbers[name] !== undefined) {
      throw new TypeError(
        `Option taskNumbers.${name} is ${taskNumbers[name]}, but option allocator brings its own. Leave taskNumbers.${name} out, and give it to the allocator.`,
      );
    }
  }
  const expirationSec =
    allocator?.expirationSec ??
    integer(
      'taskNumbers.expirationSec',
      taskNumbers.expirationSec ?? DEFAULT_EXPIRATION_SEC,
      1,
      MAX_EXPIRATION_SEC,
    );
  const heartbeatSec = number(
    'taskNumbers.heartbeatSec',
    taskNumbers.heartbeatSec ?? expirationSec / 6,
    0.01,
    expirationSec / 4,
  );
  return {
    expirationSec,
    heartbeatSec,
    selfAssign: bool('taskNumbers.selfAssign', taskNumbers.selfAssign ?? false),
  };
}

function resolveHousekeeping(
  given: HousekeepingOptions | undefined,
): ResolvedOptions['housekeeping'] {
  const housekeeping = known<HousekeepingOptions>('housekeeping', given, [
    'cron',
    'controller',
    'auth',
  ]);
  return {
    cron: bool('housekeeping.cron', housekeeping.cron ?? true),
    controller: bool('housekeeping.controller', housekeeping.controller ?? true),
    auth: resolveHousekeepingAuth(housekeeping.auth),
  };
}

function resolveHousekeepingAuth(auth: HousekeepingAuth | undefined): HousekeepingAuth | undefined {
  const named = "'app-engine', 'none', 'closed'";
  return auth === undefined || auth === 'app-engine'
    ? auth
    : routeAuth('housekeeping.auth', auth, named);
}

function resolveStatus(given: StatusOptions | undefined): ResolvedOptions['status'] {
  const status = known<StatusOptions>('status', given, ['enabled', 'auth']);
  return {
    enabled: bool('status.enabled', status.enabled ?? false),
    auth: routeAuth('status.auth', status.auth ?? 'closed', "'none', 'closed'"),
  };
}

function routeAuth(option: string, auth: RouteAuth, named: string): RouteAuth {
  if (!isRouteAuth(option, auth)) {
    throw wrong(option, auth, `${named}, ${ROUTE_AUTH_OBJECTS}`);
  }
  return typeof auth === 'object' ? (withoutUndefined(auth) as RouteAuth) : auth;
}
