import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { systemClock } from '../../clock/clock.js';

/** The answer of a server. */
export interface HttpReply {
  readonly status: number;
  readonly body: string;
}

/** The answer to a request of ours. */
export interface PostReply extends HttpReply {
  /** Whether the whole request had left before the answer ended, so that its body is read no more. */
  readonly isRequestSent: boolean;
}

/** No connection was made, so the request was surely not sent. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** Far more bytes than any reply of the API has. */
const LONGEST_BODY = 4 * 1024 * 1024;
/** Keeps connections between two chunks of a flush. */
const LINGER_MS = 50;

/**
 * Posts JSON. Connections are closed after each flush: the platform may freeze the process before the next one, a frozen
 * connection may die, and a request on a dead connection has an unknown outcome. TLS sessions are resumed.
 */
export class RestConnection {
  private readonly agent: HttpAgent;
  private readonly origin: string;
  private readonly server: RequestOptions;
  private readonly request: typeof httpRequest;
  /** The socket event that precedes the first byte of a request. */
  private readonly connectEvent: 'connect' | 'secureConnect';
  private underWay = 0;
  private cancelHangUp = (): void => {};

  constructor(endpoint: URL) {
    const secure = endpoint.protocol === 'https:';
    const { protocol, hostname, port } = urlToHttpOptions(endpoint);
    this.origin = endpoint.origin;
    this.server = { protocol, hostname, port };
    this.agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    this.request = secure ? httpsRequest : httpRequest;
    this.connectEvent = secure ? 'secureConnect' : 'connect';
  }

  /**
   * @throws the reason of the signal when it is aborted, NotSentError where no connection was made, else an Error that
   * says what happened to the connection: then the request was perhaps received.
   */
  async post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<PostReply> {
    this.cancelHangUp();
    this.underWay += 1;
    try {
      signal.throwIfAborted();
      return await this.exchange(path, headers, body, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof NotSentError
        ? error
        : new Error(`No answer of ${this.origin}: ${textOf(error)}`, { cause: error });
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) {
        this.cancelHangUp = systemClock.after(LINGER_MS, () => this.agent.destroy());
      }
    }
  }

  /** Closes all connections. */
  close(): void {
    this.cancelHangUp();
    this.agent.destroy();
  }

  private exchange(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<PostReply> {
    return new Promise((resolve, reject) => {
      const request = this.request({
        ...this.server,
        method: 'POST',
        path,
        agent: this.agent,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': body.length,
          'user-agent': 'nestjs-tsmon',
        },
      });
      let isConnected = false;
      request.on('socket', socket => {
        if (request.reusedSocket) {
          isConnected = true;
        } else {
          socket.once(this.connectEvent, () => {
            isConnected = true;
          });
        }
      });
      request.on('error', error => {
        reject(
          isConnected
            ? error
            : new NotSentError(`No connection to ${this.origin}: ${textOf(error)}`, {
                cause: error,
              }),
        );
      });
      const giveUp = (): void => void request.destroy(signal.reason as Error);
      signal.addEventListener('abort', giveUp);
      request.on('close', () => signal.removeEventListener('abort', giveUp));
      request.on('response', response => {
        const { statusCode: status } = response as { statusCode: number };
        const done = (text: string): void =>
          resolve({ status, body: text, isRequestSent: request.writableFinished });
        read(response, done, reject);
      });
      request.end(body);
    });
  }
}

/** Events are cheaper than an iteration, and mostly there is one short part. */
function read(
  response: IncomingMessage,
  done: (text: string) => void,
  fail: (error: Error) => void,
): void {
  const parts: Buffer[] = [];
  let length = 0;
  response.on('data', (part: Buffer) => {
    parts.push(part);
    length += part.length;
    if (length > LONGEST_BODY) {
      response.destroy(new Error(`the answer is longer than ${LONGEST_BODY} bytes`));
    }
  });
  response.on('end', () => done(Buffer.concat(parts).toString()));
  response.on('error', fail);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
