import { WorkQueue } from '../../clock/work-queue.js';
import { errorMessage } from '../../log.js';
import { isDistribution } from '../../metrics/distribution.js';
import type { MetricDeclaration } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import type { Monitor, RejectedCell, SendResult } from '../monitor.js';
import { rejectRest } from '../reject-rest.js';
import { InsertChannel } from './insert-channel.js';
import { outcomeOfFailure, ReplyStatusError } from './insert-failure.js';
import type { InsertReply } from './insert-method.js';
import { checkBuckets } from './metrics-data.js';
import { payloadParts } from './metrics-payload.js';
import { prodxOptions, type ProdXMonitorOptions } from './prodx-options.js';

/** The status of a successful reply. */
const OK = 0;

/**
 * Sends cells to ProdX, in the wire format of LUCI, over gRPC. It needs the packages `@grpc/grpc-js` and
 * `@grpc/proto-loader`, and `google-auth-library` if no credentials are given. The packages are loaded when it first sends.
 * Cells with a broken value are rejected, and the others are sent. Distributions with `Bucketer.explicit` are refused when the
 * application starts, and are rejected if they are declared later.
 *
 * @publicApi
 */
export class ProdXMonitor implements Monitor {
  /** The name in messages. */
  readonly name: string = 'ProdXMonitor';
  readonly chunkSize = 200;
  /** Other processes of the service send to the same place. */
  readonly shared = true;
  /** LUCI sends every point, and ProdX counts on that. */
  readonly everyPoint = true;
  private readonly endpoint: string;
  private readonly metricNamePrefix: string;
  private readonly channel: InsertChannel;
  /** Encodes chunks one after the other. If several chunks paused independently, they would all continue at once. */
  private readonly queue = new WorkQueue();

  /**
   * Checks the options. It does not connect yet.
   *
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for an endpoint that is not
   * `host:port`, or a prefix that does not go with metric names.
   */
  constructor(options: ProdXMonitorOptions) {
    const { metricNamePrefix, ...channelOptions } = prodxOptions.check(options, 'ProdXMonitor');
    this.endpoint = channelOptions.endpoint;
    this.metricNamePrefix = metricNamePrefix;
    this.channel = new InsertChannel(channelOptions, this.queue);
  }

  /**
   * Checks the buckets of a distribution.
   *
   * @throws RangeError for a metric with `Bucketer.explicit`, which ProdX does not take.
   */
  checkMetric(metric: MetricDeclaration): void {
    const empty = metric.initialValue();
    if (isDistribution(empty)) {
      checkBuckets(metric, empty);
    }
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    signal.throwIfAborted();
    if (this.channel.closed) {
      throw new Error(`The ProdXMonitor for ${this.endpoint} is closed.`);
    }
    const { parts, rejected } = await this.queue.run(
      slice => payloadParts(cells, endTime, this.metricNamePrefix, slice),
      signal,
    );
    try {
      if (parts.length > 0) {
        checkReply(await this.channel.insert(parts, signal));
      }
      return { rejected };
    } catch (error) {
      signal.throwIfAborted();
      return { rejected: [...rejected, ...this.failed(cells, rejected, error)] };
    }
  }

  /** Gives up the calls in progress. */
  async close(): Promise<void> {
    this.channel.close();
  }

  /**
   * Rejects the cells of a failed call.
   *
   * @throws Error when the outcome of every cell is unknown.
   */
  private failed(
    cells: readonly Cell[],
    broken: readonly RejectedCell[],
    cause: unknown,
  ): RejectedCell[] {
    const failure = new Error(
      `Sending to ProdX at ${this.endpoint} failed: ${errorMessage(cause)}`,
      { cause },
    );
    const outcome = outcomeOfFailure(cause);
    if (outcome === 'unknown' && broken.length === 0) {
      throw failure;
    }
    return rejectRest(cells, broken, failure, outcome);
  }
}

/** Throws unless the status of the reply is OK. */
function checkReply({ responseStatus: { code = OK, message = '' } = {} }: InsertReply): void {
  if (code !== OK) {
    throw new ReplyStatusError(code, message);
  }
}
