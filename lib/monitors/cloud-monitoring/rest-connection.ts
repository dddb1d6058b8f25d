import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { systemClock } from '../../clock/clock.js';

/** The answer of a server. */
export interface HttpReply {
  readonly status: number;
  readonly body: string;
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
  private readonly request: typeof httpRequest;
  /** The socket event that precedes the first byte of a request. */
  private readonly connectEvent: 'connect' | 'secureConnect';
  private underWay = 0;
  private cancelHangUp = (): void => {};

  constructor(endpoint: URL) {
    const secure = endpoint.protocol === 'https:';
    this.agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
    this.request = secure ? httpsRequest : httpRequest;
    this.connectEvent = secure ? 'secureConnect' : 'connect';
  }

  /**
   * @throws the reason of the signal when it is aborted, NotSentError where no connection was made, else an Error that
   * says what happened to the connection: then the request was perhaps received.
   */
  async post(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    this.cancelHangUp();
    this.underWay += 1;
    try {
      return await this.exchange(url, headers, Buffer.from(body), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof NotSentError
        ? error
        : new Error(`No answer of ${url.origin}: ${textOf(error)}`, { cause: error });
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
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      const request = this.request(url, {
        method: 'POST',
        agent: this.agent,
        signal,
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
            : new NotSentError(`No connection to ${url.origin}: ${textOf(error)}`, {
                cause: error,
              }),
        );
      });
      request.on('response', response => {
        read(response).then(text => resolve({ status: response.statusCode!, body: text }), reject);
      });
      request.end(body);
    });
  }
}

async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > LONGEST_BODY) {
      throw new Error(`the answer is longer than ${LONGEST_BODY} bytes`);
    }
  }
  return Buffer.concat(parts).toString();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
