import type { FlushOptions } from '../flush/flush-settings.js';
import type { HousekeepingAuth } from '../housekeeping/housekeeping-settings.js';
import type { HttpOptions } from '../http/server/http-options.js';
import type { Registry } from '../metrics/registry.js';
import type { CloudMonitoringMonitorOptions } from '../monitors/cloud-monitoring/options.js';
import type { DebugMonitorOptions } from '../monitors/debug/debug-options.js';
import type { Monitor } from '../monitors/monitor.js';
import type { OpenTelemetryMonitorOptions } from '../monitors/opentelemetry/opentelemetry-options.js';
import type { ProdXMonitorOptions } from '../monitors/prodx/prodx-options.js';
import type { RouteAuth } from '../routes/route-auth.js';
import type { Task, TaskParts } from '../targets/task.js';
import type { DatastoreClient } from '../task-numbers/datastore/gapic-connection.js';
import type { TaskNumAllocator } from '../task-numbers/task-num-allocator.js';

/**
 * Options of {@link TsmonModule}. All are optional.
 *
 * @publicApi
 */
export interface TsmonModuleOptions {
  /**
   * What this instance reports as. Its task number is assigned, and ignored here. Where numbers are in memory by default
   * and other processes send to the same monitor, the instance is added to the host.
   *
   * @default service = Google Cloud project, job = service name, data center = region, host = version or revision
   */
  target?: Task | TaskParts | undefined;
  /**
   * What tells this instance from every other one; a nonce of this start is added.
   *
   * @default the id that the platform gives the instance, elsewhere host name, process id and number of the worker thread
   */
  instanceId?: string | undefined;
  /**
   * The metrics to send.
   *
   * @default the registry of the process, to which every metric belongs that names no other
   */
  registry?: Registry | undefined;
  /**
   * False records and sends nothing. Recording still checks its arguments.
   *
   * @default true
   */
  enabled?: boolean | undefined;
  /**
   * Where metrics are sent: a monitor, or the name of one with its options, such as `{ cloudMonitoring: {} }`; or a
   * list of them.
   *
   * Of several the first decides what counts as accepted, and one that fails neither stops the others nor is waited for
   * again for a while.
   *
   * @default { cloudMonitoring: {} } on Google Cloud, elsewhere { debug: {} }, which writes to the Nest logger
   */
  monitor?: MonitorOption | readonly MonitorOption[] | undefined;
  /**
   * Who hands out task numbers.
   *
   * @default Datastore on Google Cloud, with DATASTORE_EMULATOR_HOST or with the option `datastore`; elsewhere in memory
   */
  allocator?: TaskNumAllocator | undefined;
  /**
   * A client of Datastore, or the options to make one, for the default allocator.
   *
   * @default what the environment says
   */
  datastore?: DatastoreClient | DatastoreClientOptions | undefined;
  /**
   * When and how metrics are sent.
   *
   * @default each part as {@link FlushOptions} says
   */
  flush?: FlushOptions | undefined;
  /**
   * Settings that may change while the application runs: a function that returns them, or a promise of them. What it
   * leaves out is as the options `enabled` and `flush` say.
   *
   * It is called at the start, and then once a minute: by a timer, or with `flush.mode` `'request'` within a request.
   * While it fails, takes too long or returns something wrong, the last settings stay. It runs in the same context as a
   * callback of {@link registerCallback}.
   *
   * @default none: `enabled` and `flush` hold from the start to the end
   */
  settings?: SettingsSource | undefined;
  /**
   * For the default allocator and its claim.
   *
   * @default each part as {@link TaskNumbersOptions} says
   */
  taskNumbers?: TaskNumbersOptions | undefined;
  /**
   * The once-a-minute job.
   *
   * @default each part as {@link HousekeepingOptions} says
   */
  housekeeping?: HousekeepingOptions | undefined;
  /**
   * Metrics of HTTP requests.
   *
   * @default each part as {@link HttpOptions} says
   */
  http?: HttpOptions | undefined;
  /**
   * Bounds on memory.
   *
   * @default each part as {@link LimitsOptions} says
   */
  limits?: LimitsOptions | undefined;
  /**
   * How the application ends.
   *
   * @default each part as {@link ShutdownOptions} says
   */
  shutdown?: ShutdownOptions | undefined;
  /**
   * The route that shows what this instance has recorded, and how it exports.
   *
   * @default each part as {@link StatusOptions} says: there is none
   */
  status?: StatusOptions | undefined;
  /**
   * Whether memory, CPU, event loop and garbage collection of Node are reported.
   *
   * @default true
   */
  runtimeStats?: boolean | undefined;
}

/**
 * Settings that may change while the application runs.
 *
 * @publicApi
 */
export interface TsmonSettings {
  /**
   * False stops flushes, and drops what is recorded from then on. What was recorded before is kept, and sent once
   * it is true again, when new streams start.
   *
   * @default the option `enabled`
   */
  enabled?: boolean | undefined;
  /**
   * When and how metrics are sent.
   *
   * @default the option `flush`; so for each of its parts
   */
  flush?: FlushOptions | undefined;
}

/**
 * Where settings come from that may change while the application runs. The signal is aborted when they are no longer
 * waited for.
 *
 * @inline
 */
export type SettingsSource = (signal: AbortSignal) => TsmonSettings | Promise<TsmonSettings>;

/**
 * The name of a monitor, with its options. Only one of the names may be given.
 *
 * @inline
 */
export interface MonitorByName {
  /** To Google Cloud Monitoring; project and region are those of the platform where they are left out. */
  cloudMonitoring?: CloudMonitoringMonitorOptions | undefined;
  /** Google's ProdX, by gRPC. */
  prodx?: ProdXMonitorOptions | undefined;
  /** Any exporter of OpenTelemetry. */
  openTelemetry?: OpenTelemetryMonitorOptions | undefined;
  /** The log, or a file. */
  debug?: DebugMonitorOptions | undefined;
}

/**
 * A monitor, or the name of one with its options.
 *
 * @publicApi
 */
export type MonitorOption = Monitor | MonitorByName;

/** The names that the option `monitor` knows. */
export const MONITOR_NAMES = [
  'cloudMonitoring',
  'prodx',
  'openTelemetry',
  'debug',
] as const satisfies readonly (keyof MonitorByName)[];

/**
 * Options to make a client of Datastore with; others are handed through as they are.
 *
 * @publicApi
 */
export interface DatastoreClientOptions {
  /**
   * The Google Cloud project.
   *
   * @default the project of the environment
   */
  projectId?: string | undefined;
  /**
   * A named database.
   *
   * @default the default one
   */
  databaseId?: string | undefined;
  /**
   * Host and port, for an emulator.
   *
   * @default those of Datastore, or of DATASTORE_EMULATOR_HOST
   */
  apiEndpoint?: string | undefined;
  /**
   * A service account's key file.
   *
   * @default application default credentials
   */
  keyFilename?: string | undefined;
  /** Whatever else the client takes. */
  [option: string]: unknown;
}

/**
 * How task numbers are claimed.
 *
 * @publicApi
 */
export interface TaskNumbersOptions {
  /**
   * Seconds after which a claim without a heartbeat expires: a whole number from 1, with Cloud Monitoring from 60. It is
   * an error beside the option `allocator`, which brings its own.
   *
   * @default 1800
   */
  expirationSec?: number | undefined;
  /**
   * Seconds after which the claim is renewed; at most a quarter of the expiry.
   *
   * @default a sixth of the expiry
   */
  heartbeatSec?: number | undefined;
  /**
   * Whether an instance without a number assigns numbers itself, to all that wait in its own target group. It is an
   * error beside the option `allocator`; in memory nobody ever waits.
   *
   * On a service that scales to zero the first request then need not wait for housekeeping, which is still needed for
   * dead instances and global metrics.
   *
   * @default false
   */
  selfAssign?: boolean | undefined;
}

/**
 * How housekeeping is run.
 *
 * @publicApi
 */
export interface HousekeepingOptions {
  /**
   * Whether a `@Cron` job runs it once a minute.
   *
   * Of many instances only those do that have no number or a small one, and another where no run was known for ten
   * minutes.
   *
   * @default true
   */
  cron?: boolean | undefined;
  /**
   * Whether `GET /internal/cron/ts_mon/housekeeping` runs it.
   *
   * @default true
   */
  controller?: boolean | undefined;
  /**
   * Who may call the route.
   *
   * @default 'app-engine' on App Engine standard, elsewhere 'closed'
   */
  auth?: HousekeepingAuth | undefined;
}

/**
 * Bounds on memory.
 *
 * @publicApi
 */
export interface LimitsOptions {
  /**
   * How many cells a metric may have, from 1 to 1,000,000. New ones beyond are dropped, and counted in
   * `tsmon/dropped_cells`.
   *
   * @default 5000
   */
  cellsPerMetric?: number | undefined;
}

/**
 * How the application ends.
 *
 * @publicApi
 */
export interface ShutdownOptions {
  /**
   * Seconds that all of the shutdown of this library may take, from 0.1 to 600. The platform must give the process
   * longer: Cloud Run gives 10 seconds after SIGTERM.
   *
   * In these it flushes at once, waits for the requests in flight, flushes again, releases the task number and closes
   * connections. Each has its share.
   *
   * @default 9
   */
  timeoutSec?: number | undefined;
}

/**
 * The route that shows what this instance has recorded, and how it exports.
 *
 * @publicApi
 */
export interface StatusOptions {
  /**
   * Whether `GET /internal/tsmon` exists.
   *
   * @default false
   */
  enabled?: boolean | undefined;
  /**
   * Who may call it. It tells everything that was recorded.
   *
   * @default 'closed'
   */
  auth?: RouteAuth | undefined;
}
