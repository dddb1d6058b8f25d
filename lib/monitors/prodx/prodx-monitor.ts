import type { Cell } from '../../store/cell.js';
import type { Monitor, SendResult } from '../monitor.js';
import { InsertChannel } from './insert-channel.js';
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
    if (request) {
      await this.insert(request, signal);
    }
    release(); // Not where sending failed: gRPC may still hold on to the bytes.
    return { rejected };
  }

  /** Gives up what is being sent. */
  async close(): Promise<void> {
    this.channel.close();
  }

  private async insert(request: Buffer, signal: AbortSignal): Promise<void> {
    try {
      checkReply(await this.channel.insert(request, signal));
    } catch (error) {
      signal.throwIfAborted();
      throw new Error(`Sending to ProdX at ${this.endpoint} failed: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** A reply is a failure too, unless its status is OK. */
function checkReply(reply: Buffer): void {
  const { code, message } = statusIn(reply);
  if (code !== 0) {
    throw new Error(`it replied with the status ${code}: ${message}`);
  }
}

function statusIn(reply: Buffer): ReplyStatus {
  try {
    return replyStatus(reply);
  } catch (cause) {
    throw new Error(`its reply can not be read, ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
