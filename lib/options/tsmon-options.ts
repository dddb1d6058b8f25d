import type { FlushOptions } from '../flush/flush-settings.js';
import type { HousekeepingAuth } from '../housekeeping/housekeeping-settings.js';
import type { HttpOptions } from '../http/server/http-options.js';
import type { FieldValue } from '../metrics/fields.js';
import type { Registry } from '../metrics/registry.js';
import type { CloudMonitoringMonitorOptions } from '../monitors/cloud-monitoring/cloud-monitoring-options.js';
import type { DebugMonitorOptions } from '../monitors/debug/debug-options.js';
import type { Monitor } from '../monitors/monitor.js';
import type { OpenTelemetryMonitorOptions } from '../monitors/opentelemetry/opentelemetry-options.js';
import type { ProdXMonitorOptions } from '../monitors/prodx/prodx-options.js';
import type { RouteAuth } from '../routes/route-auth.js';
import type { RpcOptions } from '../rpc/rpc-options.js';
import type { MetricSource } from '../sources/metric-source.js';
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
   * The target of this instance. Its task number is ignored, since a number is assigned. If numbers are in memory by default and
   * other processes send to the same monitor, the instance id is added to the host.
   *
   * @default service = Google Cloud project, job = service name, data center = region, host = version or revision
   */
  target?: Task | TaskParts | undefined;
  /**
   * The id of this instance, different from the ids of all others. A nonce of this start is added.
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
   * Whether metrics are recorded and sent. Recording always checks its arguments.
   *
   * @default true
   */
  enabled?: boolean | undefined;
  /**
   * The monitor that metrics are sent to, or the name of one with its options, such as `{ cloudMonitoring: {} }`, or a list of
   * these.
   *
   * With several monitors, the first decides which cells count as accepted. A monitor that fails does not stop the others, and
   * is left out for a while.
   *
   * @default { cloudMonitoring: {} } on Google Cloud, elsewhere { debug: {} }, which writes to the Nest logger
   */
  monitor?: MonitorOption | readonly MonitorOption[] | undefined;
  /**
   * The allocator that assigns task numbers.
   *
   * @default Datastore on Google Cloud, with DATASTORE_EMULATOR_HOST or with the option `datastore`; elsewhere in memory
   */
  allocator?: TaskNumAllocator | undefined;
  /**
   * A client of Datastore for the default allocator, or the options to create one.
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
   * A function that returns settings which may change while the application runs, or a promise of them. Settings that it leaves
   * out are those of the options `enabled` and `flush`.
   *
   * It is called at the start, and then once a minute: by a timer, or within a request if `flush.mode` is `'request'`. If it
   * fails, takes too long or returns a wrong value, the last settings stay. It runs in the same context as a callback of
   * {@link registerCallback}.
   *
   * @default none: `enabled` and `flush` hold from the start to the end
   */
  settings?: SettingsSource | undefined;
  /**
   * Settings of the default allocator and its claim.
   *
   * @default each part as {@link TaskNumbersOptions} says
   */
  taskNumbers?: TaskNumbersOptions | undefined;
  /**
   * The housekeeping job, which runs once a minute.
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
   * Metrics of messages and GraphQL operations.
   *
   * @default each part as {@link RpcOptions} says
   */
  rpc?: RpcOptions | undefined;
  /**
   * Limits of memory and of costs.
   *
   * @default each part as {@link LimitsOptions} says
   */
  limits?: LimitsOptions | undefined;
  /**
   * The shutdown of the application.
   *
   * @default each part as {@link ShutdownOptions} says
   */
  shutdown?: ShutdownOptions | undefined;
  /**
   * The route that shows the metrics and the exports of this instance.
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
  /**
   * Fields that every cell has in addition, with one value for the whole process: `{ env: 'prod' }`. Names are those of fields,
   * values are strings, safe integers or booleans. A metric's own field of the same name wins. Changed fields are new series.
   *
   * @default {}
   */
  constantFields?: Readonly<Record<string, FieldValue | undefined>> | undefined;
  /**
   * Whether durations of requests and calls keep exemplars: of each bucket the slowest sample, with the trace it belongs to. The
   * trace comes from the active OpenTelemetry span, or is the one that the request names in the header `traceparent` or
   * `X-Cloud-Trace-Context`.
   *
   * They are kept only if a monitor takes them, as `CloudMonitoringMonitor` does, or the status page is enabled.
   *
   * @default true
   */
  exemplars?: boolean | undefined;
  /**
   * What happens to a wrong call of a metric, such as one with a missing field or with NaN. `'throw'` throws a TypeError or
   * RangeError. `'log'` ignores the call, counts it in `tsmon/misused`, and logs the first one of each metric, so that input
   * cannot fail a request. Wrong declarations always throw.
   *
   * @default 'log' with NODE_ENV=production, otherwise 'throw'
   */
  misuse?: 'throw' | 'log' | undefined;
  /**
   * Metrics that other libraries keep, such as `prometheusRegistry(register)` from `nestjs-tsmon/prometheus`. Each flush reads them
   * and sends them with the metrics of this library, under the same target.
   *
   * A source is an object with a `name` and a method `read`. One that fails or takes too long stops nothing: its last values are
   * sent.
   *
   * @default []
   */
  sources?: readonly MetricSource[] | undefined;
}

/**
 * Settings that may change while the application runs.
 *
 * @publicApi
 */
export interface TsmonSettings {
  /**
   * False stops flushes and drops new recordings. Earlier recordings are kept, and are sent in new streams when it is true again.
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
 * Returns settings that may change while the application runs. The signal is aborted when the library no longer waits for them.
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
  /** Google Cloud Monitoring. The project and the region default to those of the platform. */
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

/** The names of monitors in the option `monitor`. */
export const MONITOR_NAMES = [
  'cloudMonitoring',
  'prodx',
  'openTelemetry',
  'debug',
] as const satisfies readonly (keyof MonitorByName)[];

/**
 * Options to create a client of Datastore. Further options are passed on unchanged.
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
   * @default the host of Datastore, or DATASTORE_EMULATOR_HOST
   */
  apiEndpoint?: string | undefined;
  /**
   * A service account's key file.
   *
   * @default application default credentials
   */
  keyFilename?: string | undefined;
  /** Any other option of the client. */
  [option: string]: unknown;
}

/**
 * The claim of a task number.
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
   * Seconds after which the claim is renewed, at most a quarter of the expiry.
   *
   * @default a sixth of the expiry
   */
  heartbeatSec?: number | undefined;
  /**
   * Whether an instance without a number assigns numbers itself, to all instances that wait in its target group. It is an error
   * beside the option `allocator`. Numbers in memory need no wait.
   *
   * In a service that scales to zero the first request then need not wait for housekeeping. Housekeeping is still needed for
   * dead instances and global metrics.
   *
   * @default false
   */
  selfAssign?: boolean | undefined;
}

/**
 * Housekeeping.
 *
 * @publicApi
 */
export interface HousekeepingOptions {
  /**
   * Whether a `@Cron` job runs it once a minute.
   *
   * Among many instances, only those without a number or with a small number run it, and others if no run was seen for ten
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
 * Limits of memory and of costs.
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
  /**
   * How many MiB this instance may send in a month, in bytes as Cloud Monitoring bills them. A rate beyond is logged once, as a
   * warning; nothing is left out.
   *
   * @default none
   */
  mebibytesPerMonth?: number | undefined;
}

/**
 * The shutdown of the application.
 *
 * @publicApi
 */
export interface ShutdownOptions {
  /**
   * Seconds that all of the shutdown of this library may take, from 0.1 to 600. The platform must give the process
   * longer: Cloud Run gives 10 seconds after SIGTERM.
   *
   * In this time the library flushes at once, waits for the requests in flight, flushes again, releases the task number
   * and closes connections. Each step has its share.
   *
   * @default 9
   */
  timeoutSec?: number | undefined;
}

/**
 * The route that shows the metrics and the exports of this instance.
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
  /**
   * The price of a MiB that is sent, in dollars. The page and the warning of `limits.mebibytesPerMonth` compute with it.
   *
   * @default 0.258
   */
  dollarsPerMebibyte?: number | undefined;
}
