import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock/clock.js';
import { activeSpan, spanOfHeaders, type TraceSpan } from '../../trace-context.js';
import { byteLength } from './byte-length.js';
import type { ConnectionCloser } from './connection-closer.js';
import { HeldEnd } from './held-end.js';
import type { MatchedRoute } from './route-name.js';
import type { SkipMark } from './skipped-requests.js';
import {
  watchResponse,
  type End,
  type ResponseWatcher,
  type Write,
  type WriteHead,
} from './watched-response.js';

/** The status if the client disconnects before the response, as in nginx. */
const CLIENT_CLOSED_REQUEST = 499;

/** What all exchanges of an application share. */
export interface ExchangeHost {
  readonly clock: Clock;
  readonly connections: ConnectionCloser;
  /** Whether the next exchange that asks is elected to flush. */
  readonly isFlushDue: boolean;
  readonly keepsExemplars: boolean;
  /** Returns the flush for which the end of the response must wait; undefined if it need not wait. */
  elect(exchange: Exchange): Promise<void> | undefined;
}

interface FollowedTrail {
  readonly route: MatchedRoute;
  /** Call it when the request has ended. */
  end(): void;
}

/**
 * A request and its response while they are under way. Measures time and bytes on the objects of Node, which are the same
 * on every platform. Counts bodies as they pass: nothing is read ahead or copied.
 *
 * Declares every property in the constructor, so that all exchanges share one hidden class.
 *
 * Reads all properties of the request at the beginning. Express later gives each request object its own hidden class, and
 * on Node 20 each property read then costs about a microsecond.
 */
export class Exchange implements SkipMark, ResponseWatcher {
  skipped = false;
  /** The original URL. Express removes the paths of mounts from `request.url`. */
  readonly url: string | undefined;
  /** Follows the request through the routers of Express, which do not keep the layer that answered. */
  trail: FollowedTrail | undefined = undefined;
  /** Whether the response has begun. */
  responseBegun = false;
  /** Holds back the end of the response. Created when a flush is due, which is seldom. */
  private heldEnd: HeldEnd | undefined = undefined;
  private hasWritten = false;
  /** Bytes of the response body that were written to the connection, after any compression. */
  private written = 0;
  private received = 0;
  private ended = false;
  /** Whether the connection was broken before the response began. */
  private brokenBeforeResponse = false;
  private sentStatus: number | undefined = undefined;
  /** Whether the headers were sent before `end()` was called. */
  private isStream = false;
  /** The time of the first write, or of the headers before it. */
  private firstByteMs = 0;
  /** The status that Node wrote to the connection instead of the response. */
  private statusFromNode: number | undefined = undefined;
  private readonly startMs: number;
  /** The span that was active when the request began. Only then it surely is the span of the request. */
  private readonly activeSpan: TraceSpan | undefined;
  readonly method: string | undefined;
  private readonly headers: IncomingHttpHeaders;
  private readonly socket: IncomingMessage['socket'] | undefined;
  /** Whether the body was read before the application was called, so that its bytes cannot be counted. */
  private readonly bodyWasRead: boolean;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly host: ExchangeHost,
  ) {
    this.startMs = host.clock.monotonicNow();
    this.activeSpan = host.keepsExemplars ? activeSpan() : undefined;
    this.method = request.method;
    this.url = request.url;
    this.headers = request.headers;
    this.socket = request.socket;
    this.bodyWasRead = request.readableDidRead;
    watchResponse(response, this);
    if (this.announcesBody()) {
      this.countReceived();
    }
  }

  /**
   * Returns the time until the last byte of the response. For a stream it is the time until the first byte: how long a stream
   * lasts says nothing about how fast the application is.
   */
  durationMs(): number {
    const isStream = this.isStream || (!this.ended && areHeadersSent(this.response));
    // An `end()` that throws after it has written the headers leaves no time of a first byte.
    const hasFirstByte = isStream && this.firstByteMs > 0;
    return (hasFirstByte ? this.firstByteMs : this.host.clock.monotonicNow()) - this.startMs;
  }

  /** Returns the span that the duration belongs to; undefined if it is not sampled or exemplars are not kept. */
  span(): TraceSpan | undefined {
    if (this.activeSpan !== undefined || !this.host.keepsExemplars) {
      return this.activeSpan;
    }
    const { headers } = this;
    return spanOfHeaders(headers['traceparent'], headers['x-cloud-trace-context']);
  }

  /** Whether the request is a CORS preflight. */
  isPreflight(): boolean {
    return this.method === 'OPTIONS' && this.headers['access-control-request-method'] !== undefined;
  }

  userAgent(): string | undefined {
    return this.headers['user-agent'];
  }

  /** Whether the client asks to change the protocol, for example to WebSocket, so that the response may never end. */
  asksForUpgrade(): boolean {
    return this.headers.upgrade !== undefined;
  }

  /** Notes a status that Node wrote instead of the response, for example for a late body. Ignored after the response has
   * begun, since Node then writes none. */
  answeredByNode(status: number): void {
    if (!this.responseBegun || this.heldEnd?.holdsAll) {
      this.statusFromNode ??= status;
    }
  }

  /** Notes that the connection broke before any part of the response could be sent. */
  loseResponse(): void {
    this.brokenBeforeResponse = true;
  }

  /** Returns the status that was sent; 499 if the client disconnected before anything was sent. */
  status(): number {
    if (this.statusFromNode !== undefined) {
      return this.statusFromNode;
    }
    const status = this.sentStatus ?? this.statusOfHttp2();
    const gotNothing = this.brokenBeforeResponse || this.heldEnd?.holdsAll;
    return status === undefined || gotNothing ? CLIENT_CLOSED_REQUEST : status;
  }

  /**
   * Returns the bytes of the request body that arrived before the response had ended. Uses the declared length only if Node
   * has checked it, since clients may declare any length.
   */
  requestBytes(): number | undefined {
    if (!this.bodyWasRead) {
      return this.received;
    }
    const declared = this.headers['content-length'];
    return this.request.complete && declared !== undefined ? Number(declared) : undefined;
  }

  responseBytes(): number {
    if (this.statusFromNode !== undefined) {
      return 0;
    }
    const status = this.status();
    const mayHaveBody = this.method !== 'HEAD' && status !== 204 && status !== 304;
    return mayHaveBody && !this.brokenBeforeResponse ? this.written : 0;
  }

  writeHead(
    original: WriteHead,
    status: number,
    reason: unknown,
    headers: unknown,
  ): ServerResponse {
    if (!this.responseBegun) {
      this.begin();
      this.firstByteMs = this.host.clock.monotonicNow();
    }
    this.host.connections.beforeHeaders(this.response);
    const written = original.call(this.response, status, reason, headers);
    this.sentStatus = status | 0;
    return written;
  }

  write(original: Write, chunk: unknown, encoding: unknown, done: unknown): boolean {
    const heldEnd = this.heldEndIfDue();
    if (heldEnd?.holdsWrite(chunk, encoding)) {
      heldEnd.defer(() => this.write(original, chunk, encoding, done));
      return true;
    }
    this.hasWritten = true;
    this.begin();
    this.beginStream();
    const before = this.written;
    const flowing = original.call(this.response, chunk, encoding, done);
    this.countOnce(before, chunk, encoding);
    return flowing;
  }

  end(original: End, chunk: unknown, encoding: unknown, done: unknown): ServerResponse {
    const { response } = this;
    const heldEnd = this.heldEndIfDue();
    if (heldEnd?.holdsEnd(chunk, encoding)) {
      heldEnd.defer(() => this.end(original, chunk, encoding, done));
      return response;
    }
    this.begin();
    // A second call comes after the headers in any case.
    this.isStream ||= !this.ended && areHeadersSent(response);
    const before = this.written;
    const ended = original.call(response, chunk, encoding, done);
    this.countOnce(before, chunk, encoding);
    this.ended = true;
    return ended;
  }

  private heldEndIfDue(): HeldEnd | undefined {
    if (this.heldEnd === undefined && this.host.isFlushDue) {
      const { response, host, written, hasWritten } = this;
      this.heldEnd = new HeldEnd(response, () => host.elect(this), written, hasWritten);
    }
    return this.heldEnd;
  }

  private begin(): void {
    if (!this.responseBegun) {
      this.responseBegun = true;
      this.brokenBeforeResponse = this.socket?.destroyed === true;
    }
  }

  private beginStream(): void {
    if (!this.isStream && !this.ended) {
      this.isStream = true;
      this.firstByteMs = this.host.clock.monotonicNow();
    }
  }

  /** Counts a chunk, unless the chunk came after the end or was counted already: `end()` may call `write()`. */
  private countOnce(before: number, chunk: unknown, encoding: unknown): void {
    if (!this.ended && before === this.written) {
      this.written += byteLength(chunk, encoding);
    }
  }

  /** Returns the status of an HTTP/2 response, which sends headers without `writeHead`. */
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

/** Whether Node has sent the headers, which `headersSent` says as soon as they are final. HTTP/2 does not tell. */
function areHeadersSent(response: ServerResponse): boolean {
  const { _headerSent: areSent } = response as { _headerSent?: boolean };
  return areSent === true;
}
