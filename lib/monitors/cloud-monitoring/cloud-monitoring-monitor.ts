import { abortable } from '../../clock/deadline.js';
import { errorMessage } from '../../log.js';
import { OnceLog } from '../../seldom-log.js';
import type { Cell } from '../../store/cell.js';
import type { Monitor, SendResult } from '../monitor.js';
import { BatchWriter } from './batch-writer.js';
import { rejectRest } from '../reject-rest.js';
import { GoogleAccess, NoAccessError } from './google-access.js';
import { MetricMappings } from './metric-mapping.js';
import {
  cloudMonitoringOptions,
  type CloudMonitoringMonitorOptions,
} from './cloud-monitoring-options.js';
import { RestConnection } from './rest-connection.js';
import { RequestRefusedError, RequestSender, type BatchResult } from './request-sender.js';
import { StreamTimes } from './stream-times.js';
import { TimeSeriesWriter } from './time-series.js';

/** The largest number of time series in a request. */
const MOST_SERIES = 200;
/** Points may be dated 10 s ahead of the clock. With a shorter expiry the next holder of the number could send at that time. */
const LEAST_EXPIRATION_SEC = 60;

/**
 * Sends cells to Google Cloud Monitoring, as time series of user-defined metrics.
 *
 * A `Task` is a `generic_task` with its data center as `location`, service as `namespace`, job as `job`, and
 * `host/number` as `task_id`, or the number alone when the host is empty. A `Device` is a `generic_node`. A
 * `StringGauge` is a gauge of 1 with the label `value`. Values that the API cannot take are rejected or cut, with a warning
 * that names the metric.
 *
 * The API takes one point of a stream in 5 s. The points of an earlier flush are dated ahead by up to 10 s. Beyond that the cells
 * are rejected and sent again later.
 *
 * It needs the package `google-auth-library`, unless `auth` is given, the role `roles/monitoring.metricWriter`, and
 * the API `monitoring.googleapis.com` enabled in the project.
 *
 * @publicApi
 */
export class CloudMonitoringMonitor implements Monitor {
  /** The name in messages. */
  readonly name: string = 'CloudMonitoringMonitor';
  /** The API takes 200 time series in a request. */
  readonly chunkSize = MOST_SERIES;
  /** Other processes of the service send to the same place. */
  readonly shared = true;
  /** Its heatmaps show them as dots that open the trace. */
  readonly takesExemplars = true;
  /** 60: points may be dated 10 s ahead. */
  readonly leastExpirationSec = LEAST_EXPIRATION_SEC;
  private readonly access: GoogleAccess;
  private readonly connection: RestConnection;
  private readonly times = new StreamTimes();
  private readonly log = new OnceLog();
  private readonly batches: BatchWriter;
  private readonly requests: RequestSender;
  /** The error that stopped a flush, by the signal of the flush. */
  private readonly stopped = new WeakMap<AbortSignal, unknown>();
  private isClosed = false;

  /**
   * Checks the options. It does not connect yet.
   *
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for a value that cannot work.
   */
  constructor(options: CloudMonitoringMonitorOptions = {}) {
    const settings = cloudMonitoringOptions.check(options, 'CloudMonitoringMonitor');
    const endpoint = new URL(settings.endpoint);
    const mappings = new MetricMappings(settings.metricTypePrefix, this.log);
    const writer = new TimeSeriesWriter(mappings, settings.location, this.log);
    this.access = new GoogleAccess(settings);
    this.connection = new RestConnection(endpoint);
    this.batches = new BatchWriter(writer, this.times, this.log, settings.clock);
    this.requests = new RequestSender(this.access, this.connection, endpoint, this.log);
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    if (this.isClosed) {
      throw new Error('This CloudMonitoringMonitor is closed.');
    }
    signal.throwIfAborted();
    const { rejected, failure } = await this.sendOnce(cells, endTime, signal);
    if (
      failure !== undefined &&
      rejected.length === cells.length &&
      rejected.every(({ outcome }) => outcome === 'unknown')
    ) {
      throw failure;
    }
    return { rejected };
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.connection.close();
    this.times.clear();
    return Promise.resolve();
  }

  private async sendOnce(
    cells: readonly Cell[],
    endTime: number,
    signal: AbortSignal,
  ): Promise<BatchResult> {
    if (this.stopped.has(signal)) {
      return notSent(cells, this.stopped.get(signal));
    }
    try {
      const projectId = await abortable(this.access.projectId(), signal);
      const { batch, rejected, free } = await this.batches.write(cells, endTime, projectId, signal);
      signal.throwIfAborted();
      const result = await this.requests.send(batch, cells, projectId, signal);
      this.noteStop(result.failure, signal);
      if (result.isBodyFree) {
        free();
      }
      return { ...result, rejected: [...rejected, ...result.rejected] };
    } catch (error) {
      signal.throwIfAborted();
      this.noteStop(error, signal);
      return notSent(cells, error);
    }
  }

  private noteStop(error: unknown, signal: AbortSignal): void {
    const topic = topicOf(error);
    if (topic !== undefined) {
      this.stopped.set(signal, error);
      this.log.errorOnce(
        `Nothing is written to Cloud Monitoring for now: ${errorMessage(error)}`,
        topic,
      );
    }
  }
}

/** Rejects cells for which no request was made. */
function notSent(cells: readonly Cell[], failure: unknown): BatchResult {
  return { rejected: rejectRest(cells, [], failure, 'retry'), failure };
}

/** The name of the problem, if only a person can solve it. */
function topicOf(error: unknown): string | undefined {
  if (error instanceof NoAccessError) {
    return error.name;
  }
  return error instanceof RequestRefusedError && error.kind.action === 'stop'
    ? error.kind.name
    : undefined;
}
