import { errorMessage } from '../../log.js';
import type { Cell } from '../../store/cell.js';
import type { Monitor, RejectedCell, SendResult } from '../monitor.js';
import { rejectedOthers } from '../rejected-others.js';
import { InsertChannel } from './insert-channel.js';
import { outcomeOfFailure, ReplyStatusError } from './insert-failure.js';
import { replyStatus, type ReplyStatus } from './insert-reply.js';
import { checkedOptions, type ProdXMonitorOptions } from './prodx-options.js';
import { RequestEncoder } from './request-encoder.js';

/**
 * Sends cells to ProdX, in the wire format of LUCI, over gRPC. It needs the packages `@grpc/grpc-js` and, where it
 * is given no credentials, `google-auth-library`; both are loaded when it first sends. Cells with a broken value are
 * rejected, the others are sent.
 *
 * @throws TypeError for an unknown option or one of a wrong type, RangeError for an endpoint that is not
 * `host:port`, or a prefix that does not go with metric names.
 *
 * @publicApi
 */
export class ProdXMonitor implements Monitor {
  readonly chunkSize = 500;
  /** Other processes of the service send to the same place. */
  readonly shared = true;
  private readonly endpoint: string;
  private readonly encoder: RequestEncoder;
  private readonly channel: InsertChannel;

  /**
   * Checks the options, and connects nowhere yet.
   *
   * @throws TypeError for an unknown option or one of a wrong type, RangeError for an endpoint that is not
   * `host:port`, or a prefix that does not go with metric names.
   */
  constructor(options: ProdXMonitorOptions) {
    const { metricNamePrefix, ...channelOptions } = checkedOptions(options);
    this.endpoint = channelOptions.endpoint;
    this.encoder = new RequestEncoder(metricNamePrefix);
    this.channel = new InsertChannel(channelOptions);
  }

  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    signal.throwIfAborted();
    if (this.channel.closed) {
      throw new Error(`The ProdXMonitor for ${this.endpoint} is closed.`);
    }
    const { request, rejected, release } = await this.encoder.encode(cells, endTime);
    const broken = [...rejected];
    if (request) {
      try {
        checkReply(await this.channel.insert(request, signal));
      } catch (error) {
        signal.throwIfAborted();
        return { rejected: [...broken, ...this.failed(cells, broken, error)] };
      }
    }
    release(); // Not where sending failed: gRPC may still hold on to the bytes.
    return { rejected: broken };
  }

  /** Gives up what is being sent. */
  async close(): Promise<void> {
    this.channel.close();
  }

  /**
   * What became of the cells of a call that failed.
   *
   * @throws Error where that is unknown of every cell.
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
    return rejectedOthers(cells, broken, failure, outcome);
  }
}

/** A reply is a failure too, unless its status is OK. */
function checkReply(reply: Buffer): void {
  const { code, message } = statusIn(reply);
  if (code !== 0) {
    throw new ReplyStatusError(code, message);
  }
}

function statusIn(reply: Buffer): ReplyStatus {
  try {
    return replyStatus(reply);
  } catch (cause) {
    throw new Error(`its reply cannot be read, ${errorMessage(cause)}`, { cause });
  }
}
