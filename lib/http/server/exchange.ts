import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock/clock.js';
import { byteLength } from './byte-length.js';
import type { ConnectionCloser } from './connection-closer.js';
import type { HeldEnd } from './held-end.js';
import type { End, Write, WriteHead } from './response-methods.js';
import type { MatchedRoute } from './route-name.js';
import type { SkipMark } from './skipped-requests.js';

/** The client went away before it was answered. nginx has made the number common. */
const CLIENT_CLOSED_REQUEST = 499;

interface FollowedTrail {
  readonly route: MatchedRoute;
  /** To be called when the request is over. */
  end(): void;
}

/**
 * A request and its response while they are under way. Time and bytes are taken on Node's own objects, which
 * are the same on every platform. Bodies are counted as they pass: nothing is read ahead or copied.
 *
 * Each method is wrapped once, whatever has to be done there: it is what watching a request costs most.
 *
 * What there is to know of the request is read at the beginning. Express makes each request an object of a shape
 * of its own, and on Node 20 every property that is read from one after that costs about a microsecond.
 */
export class Exchange implements SkipMark {
  skipped = false;
  /** As it was at the beginning: Express takes the paths of mounts off the request's own. */
  readonly url: string | undefined;
  /** Follows the request through the routers of the platform, where these forget what matched. */
  trail: FollowedTrail | undefined;
  /** Whether the response has begun. */
  begun = false;
  /** Bytes of the response's body that were handed to the connection, after any compression. */
  private written = 0;
  private received = 0;
  private ended = false;
  /** The response began when the connection was broken already. */
  private tooLate = false;
  private sentStatus: number | undefined;
  /** The status that was written to the connection in place of the response. */
  private statusInstead: number | undefined;
  private readonly startMs: number;
  private readonly method: string | undefined;
  private readonly headers: IncomingHttpHeaders;
  private readonly socket: IncomingMessage['socket'] | undefined;
  /** True where the body was read before the application was called, so that its bytes cannot be counted. */
  private readonly bodyWasRead: boolean;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly clock: Clock,
    private readonly connections: ConnectionCloser,
    private readonly heldEnd: HeldEnd,
  ) {
    this.startMs = clock.monotonicNow();
    this.method = request.method;
    this.url = request.url;
    this.headers = request.headers;
    this.socket = request.socket;
    this.bodyWasRead = request.readableDidRead;
    this.watchResponse();
    if (this.announcesBody()) {
      this.countReceived();
    }
  }

  durationMs(): number {
    return this.clock.monotonicNow() - this.startMs;
  }

  /** Whether a browser asks if it may send a request of another origin. */
  isPreflight(): boolean {
    return this.method === 'OPTIONS' && this.headers['access-control-request-method'] !== undefined;
  }

  userAgent(): string | undefined {
    return this.headers['user-agent'];
  }

  /** Whether the client asks to go on in another protocol, as for WebSockets, so that no response may ever end. */
  asksForUpgrade(): boolean {
    return this.headers.upgrade !== undefined;
  }

  /** Notes a status that Node wrote in place of the response, such as for a late body. Node does not once the response has begun. */
  answeredInstead(status: number): void {
    if (!this.begun || this.heldEnd.keepsAll) {
      this.statusInstead ??= status;
    }
  }

  /** The connection broke before anything of the response could be sent, whatever was written. */
  lost(): void {
    this.tooLate = true;
  }

  /** The status as it was sent; 499 where the client went away before anything was. */
  status(): number {
    if (this.statusInstead !== undefined) {
      return this.statusInstead;
    }
    const status = this.sentStatus ?? this.statusOfHttp2();
    const gotNothing = this.tooLate || this.heldEnd.keepsAll;
    return status === undefined || gotNothing ? CLIENT_CLOSED_REQUEST : status;
  }

  /**
   * Bytes of the request's body that arrived before the response had ended. Declared lengths are believed only
   * where Node has checked them, since anyone may declare anything.
   */
  requestBytes(): number | undefined {
    if (!this.bodyWasRead) {
      return this.received;
    }
    const declared = this.headers['content-length'];
    return this.request.complete && declared !== undefined ? Number(declared) : undefined;
  }

  responseBytes(): number {
    if (this.statusInstead !== undefined) {
      return 0;
    }
    const status = this.status();
    const mayHaveBody = this.method !== 'HEAD' && status !== 204 && status !== 304;
    return mayHaveBody && !this.tooLate ? this.written : 0;
  }

  private watchResponse(): void {
    const { response, connections, heldEnd } = this;
    const writeHead = response.writeHead as WriteHead;
    const write = response.write as Write;
    const end = response.end as End;
    response.writeHead = (status: number, reason?: unknown, headers?: unknown): ServerResponse => {
      this.begin();
      connections.beforeHeaders(response);
      const written = writeHead.call(response, status, reason, headers);
      this.sentStatus = status | 0;
      return written;
    };
    const watchedWrite = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
      if (heldEnd.keepsWrite(chunk, encoding)) {
        heldEnd.keep(() => watchedWrite(chunk, encoding, done));
        return true;
      }
      this.begin();
      const before = this.written;
      const flowing = write.call(response, chunk, encoding, done);
      this.countOnce(before, chunk, encoding);
      return flowing;
    };
    const watchedEnd = (chunk?: unknown, encoding?: unknown, done?: unknown): ServerResponse => {
      if (heldEnd.keepsEnd(chunk, encoding)) {
        heldEnd.keep(() => watchedEnd(chunk, encoding, done));
        return response;
      }
      this.begin();
      const before = this.written;
      const ended = end.call(response, chunk, encoding, done);
      this.countOnce(before, chunk, encoding);
      this.ended = true;
      return ended;
    };
    response.write = watchedWrite;
    response.end = watchedEnd;
  }

  private begin(): void {
    if (!this.begun) {
      this.begun = true;
      this.tooLate = this.socket?.destroyed === true;
    }
  }

  /** Counts a chunk, unless it was passed on to another method that did, or came after the end. */
  private countOnce(before: number, chunk: unknown, encoding: unknown): void {
    if (!this.ended && before === this.written) {
      this.written += byteLength(chunk, encoding);
    }
  }

  /** HTTP/2 sends headers without `writeHead`. */
  private statusOfHttp2(): number | undefined {
    return this.response.headersSent ? this.response.statusCode : undefined;
  }

  private announcesBody(): boolean {
    const { headers } = this;
    return (
      headers['content-length'] !== undefined ||
      headers['transfer-encoding'] !== undefined ||
      this.request.httpVersionMajor > 1
    );
  }

  private countReceived(): void {
    const { request } = this;
    this.received = request.readableLength;
    const push = request.push as (chunk: unknown, encoding?: BufferEncoding) => boolean;
    request.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      this.received += byteLength(chunk, encoding);
      return push.call(request, chunk, encoding);
    };
  }
}
