import { setMaxListeners } from 'node:events';
import type { Clock } from '../../clock/clock.js';
import { abortable, Deadline } from '../../clock/deadline.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import { WorkQueue } from '../../clock/work-queue.js';
import { errorText } from '../../log.js';
import type { Cell } from '../../store/cell.js';
import type { Monitor, RejectedCell, SendResult } from '../monitor.js';
import { failedExport, outcomeOfFailure, type FailedExport } from './failed-export.js';
import { MetricNames } from './metric-names.js';
import type { OpenTelemetryExporter, OpenTelemetryExportResult } from './opentelemetry-exporter.js';
import { openTelemetryOptions, type OpenTelemetryMonitorOptions } from './opentelemetry-options.js';
import { byTarget, type TargetMetrics, type Translation } from './resource-metrics.js';

/** The time limit of each of the two steps of closing. */
const CLOSE_TIMEOUT_MS = 2000;
const SUCCESS = 0;
const FAILED = 1;

/**
 * Sends cells through an exporter of OpenTelemetry: to a collector, or to any backend that takes OTLP.
 *
 * ```ts
 * import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
 *
 * new OpenTelemetryMonitor({ exporter: new OTLPMetricExporter({ url: 'http://collector:4318/v1/metrics' }) });
 * ```
 *
 * Each target is a resource: `service.namespace`, `service.name`, `cloud.region` and `host.name` are the parts of a
 * `Task`. `service.instance.id` is `<host>/<task number>`, or the number alone when the host is empty, or `global` for the
 * target of global metrics. A target of another class has `service.name` = its type, `service.instance.id` = its labels
 * joined by `/`, and `<type>.<label>` for each label.
 *
 * Counters are monotonic sums. Gauges are gauges: 0 and 1 for a BoolGauge, and 1 with the attribute `value` for a StringGauge
 * (`value_` if a field has that name). Distributions are histograms, and exponential histograms if they are cumulative and have a
 * bucketer such as `Bucketer.geometric(2, 20)`. OpenTelemetry has no non-cumulative histograms, so a NonCumulativeDistribution
 * starts anew a millisecond before each point. Units are those of UCUM.
 *
 * Each target is exported on its own. A failed export was perhaps written, since exporters repeat attempts without reporting them.
 * It was surely not written if within half a second the server refused it with a status such as 403 or PERMISSION_DENIED, or could
 * not be reached. A partial success of OTLP is not visible here: exporters report a success, and only log the rest to the `diag` of
 * `@opentelemetry/api`.
 *
 * Google Cloud also takes OTLP. It needs the id of the project, a real region, at most 200 cells in a request, and names of letters,
 * digits, `_`, `.`, `:` and `/`. With this prefix metrics keep their names:
 *
 * ```ts
 * const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/monitoring.write' });
 * new OpenTelemetryMonitor({
 *   exporter: new OTLPMetricExporter({
 *     url: 'https://telemetry.googleapis.com/v1/metrics',
 *     headers: async () => Object.fromEntries(await auth.getRequestHeaders()),
 *     timeoutMillis: 5000,
 *   }),
 *   chunkSize: 200,
 *   metricName: name => `workload.googleapis.com/${name.replace(/^\//, '').replaceAll('-', '_')}`,
 *   resourceAttributes: { 'gcp.project_id': 'my-project' },
 * });
 * ```
 *
 * @publicApi
 */
export class OpenTelemetryMonitor implements Monitor {
  /** The name in messages. */
  readonly name: string = 'OpenTelemetryMonitor';
  /** The option `chunkSize`, by default 500. */
  readonly chunkSize: number;
  /** Other processes of the service send to the same place. */
  readonly shared = true;
  private readonly exporter: OpenTelemetryExporter;
  private readonly translation: Translation;
  /** The queue of exports, which limits how many run at a time. */
  private readonly exports: WorkQueue;
  /** The queue of encoding, which blocks the process. If several chunks paused independently, they would all continue at once. */
  private readonly encoding = new WorkQueue();
  private readonly clock: Clock;
  private closing: Promise<void> | undefined;

  /**
   * Checks the options. It sends nothing yet.
   *
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for a value out of
   * range, or an exporter that wants deltas.
   */
  constructor(options: OpenTelemetryMonitorOptions) {
    const settings = openTelemetryOptions.check(options, 'OpenTelemetryMonitor');
    this.exporter = settings.exporter;
    this.chunkSize = settings.chunkSize;
    this.exports = new WorkQueue(settings.concurrency);
    this.clock = settings.clock;
    this.translation = {
      names: new MetricNames(settings.metricName),
      resourceAttributes: { ...settings.resourceAttributes },
      exponentialHistograms: settings.exponentialHistograms,
    };
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    this.checkOpen();
    const { targets, rejected } = await this.encoding.run(
      slice => byTarget(cells, endTime, this.translation, slice),
      signal,
    );
    const failures = await this.exportAll(targets, forManyListeners(signal));
    const all = [...rejected, ...failures.flatMap(rejectionsOf)];
    if (
      failures.length > 0 &&
      all.length === cells.length &&
      all.every(({ outcome }) => outcome === 'unknown')
    ) {
      throw failures[0]!.error;
    }
    return { rejected: all };
  }

  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  private checkOpen(): void {
    if (this.closing) {
      throw new Error('The OpenTelemetryMonitor is closed: it sends nothing more.');
    }
  }

  private async exportAll(
    targets: readonly TargetMetrics[],
    signal: AbortSignal,
  ): Promise<FailedExport[]> {
    const exports = targets.map(target =>
      this.exports.run(() => this.export(target, signal), signal),
    );
    const outcomes = await Promise.allSettled(exports);
    signal.throwIfAborted();
    return outcomes.flatMap((outcome, i) => {
      if (outcome.status === 'rejected') {
        return [failedExport(targets[i]!.indexes, outcome.reason, 'unknown')];
      }
      return outcome.value ? [outcome.value] : [];
    });
  }

  /** Exports the metrics of one target. Resolves to the failure, if there is one. */
  private async export(
    { resourceMetrics, indexes }: TargetMetrics,
    signal: AbortSignal,
  ): Promise<FailedExport | undefined> {
    let begun: Stopwatch | undefined;
    const exported = new Promise<Failure | undefined>((resolve, reject) => {
      const start = async (slice: TimeSlice): Promise<void> => {
        if (slice.isOver) {
          await slice.next();
          signal.throwIfAborted();
        }
        this.checkOpen();
        begun = new Stopwatch(this.clock);
        const done = (result: OpenTelemetryExportResult): void => resolve(failureIn(result));
        // An asynchronous export() fits the type, and rejects instead of throwing.
        Promise.resolve(this.exporter.export(resourceMetrics, done) as unknown).catch(reject);
      };
      this.encoding.run(start, signal).catch(reject);
    });
    const failure = await abortable(exported, signal).catch((cause: unknown) => ({ cause }));
    signal.throwIfAborted();
    if (!failure) {
      return undefined;
    }
    const { cause } = failure;
    const outcome = begun ? outcomeOfFailure(cause, begun.elapsedMs()) : 'retry';
    return failedExport(indexes, cause, outcome);
  }

  /** Closes the exporter. It is shut down even if it cannot be flushed. */
  private async shutDown(): Promise<void> {
    const [flushed] = await Promise.allSettled([
      this.bounded('Flushing', () => this.exporter.forceFlush()),
    ]);
    await this.bounded('Shutting down', () => this.exporter.shutdown());
    if (flushed.status === 'rejected') {
      throw flushed.reason;
    }
  }

  private bounded(what: string, step: () => Promise<void>): Promise<void> {
    return Deadline.run(
      this.clock,
      `${what} the exporter of OpenTelemetry`,
      CLOSE_TIMEOUT_MS,
      deadline => deadline.race(step()),
    );
  }
}

interface Failure {
  readonly cause: unknown;
}

/** Reads the failure in a result. A success with an error, and an unknown code, count as failures. */
function failureIn(result: OpenTelemetryExportResult | undefined): Failure | undefined {
  if (result?.code === FAILED) {
    return { cause: result.error };
  }
  if (result?.code !== SUCCESS) {
    return { cause: undefined };
  }
  return result.error === undefined || result.error === null
    ? undefined
    : { cause: new Error(`it called a success what has the error "${errorText(result.error)}"`) };
}

function rejectionsOf({ indexes, error, outcome }: FailedExport): RejectedCell[] {
  return indexes.map(index => ({ index, reason: error.message, outcome }));
}

/** Creates a signal without a limit of listeners: every target of a large chunk listens. */
function forManyListeners(signal: AbortSignal): AbortSignal {
  const ours = AbortSignal.any([signal]);
  setMaxListeners(0, ours);
  return ours;
}
