import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock/clock.js';

type Write = (this: ServerResponse, chunk?: unknown, encoding?: unknown, done?: unknown) => boolean;
type End = (this: ServerResponse, ...args: unknown[]) => ServerResponse;

/** The client went away before it was answered. nginx has made the number common. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * A request and its response while they are under way. Time and bytes are taken on Node's own objects, which
 * are the same on every platform. Bodies are counted as they pass: nothing is read ahead, held or copied.
 */
export class Exchange {
  /** Bytes of the response's body that were handed to the connection, after any compression. */
  private written = 0;
  private received = 0;
  /** The response began when the connection was broken already. */
  private tooLate = false;
  private readonly startMs: number;
  /** Whoever called the application has read the body before, so that it could not be counted. */
  private readonly bodyWasRead: boolean;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly clock: Clock,
  ) {
    this.startMs = clock.monotonicNow();
    this.bodyWasRead = request.readableDidRead;
    this.countWritten();
    if (announcesBody(request)) {
      this.countReceived();
    }
  }

  durationMs(): number {
    return this.clock.monotonicNow() - this.startMs;
  }

  /** The status as it was sent; 499 where the client went away before anything was. */
  status(): number {
    const answered = this.response.headersSent && !this.tooLate;
    return answered ? this.response.statusCode : CLIENT_CLOSED_REQUEST;
  }

  /**
   * Bytes of the request's body that arrived before the response had ended. Declared lengths are believed only
   * where Node has checked them, since anyone may declare anything.
   */
  requestBytes(): number | undefined {
    if (!this.bodyWasRead) {
      return this.received;
    }
    const declared = this.request.headers['content-length'];
    return this.request.complete && declared !== undefined ? Number(declared) : undefined;
  }

  responseBytes(): number {
    const { statusCode } = this.response;
    const mayHaveBody = this.request.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    return mayHaveBody && !this.tooLate ? this.written : 0;
  }

  private countWritten(): void {
    const { response } = this;
    const write = response.write as Write;
    const end = response.end as unknown as End;
    response.write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
      const before = this.beforeWriting();
      const flowing = write.call(response, chunk, encoding, done);
      this.countOnce(before, chunk, encoding);
      return flowing;
    };
    response.end = (...args: unknown[]): ServerResponse => {
      const before = this.beforeWriting();
      const ended = end.apply(response, args);
      this.countOnce(before, args[0], args[1]);
      return ended;
    };
  }

  /** What was written so far; undefined where the response has ended, and takes no more. */
  private beforeWriting(): number | undefined {
    if (!this.response.headersSent && this.request.socket?.destroyed) {
      this.tooLate = true;
    }
    return this.response.writableEnded ? undefined : this.written;
  }

  /** Counts a chunk, unless it was passed on to another method that did. */
  private countOnce(before: number | undefined, chunk: unknown, encoding: unknown): void {
    if (before === this.written) {
      this.written += byteLength(chunk, encoding);
    }
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

function announcesBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  return (
    headers['content-length'] !== undefined ||
    headers['transfer-encoding'] !== undefined ||
    httpVersionMajor > 1
  );
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(
      chunk,
      typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8',
    );
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
