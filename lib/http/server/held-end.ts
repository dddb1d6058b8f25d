import type { ServerResponse } from 'node:http';
import type { ElectRequest } from '../../flush/election.js';
import { byteLength } from './byte-length.js';

/**
 * Holds back the end of a response until a flush has ended. If the length of the body was declared, holds back the last
 * chunk too, since the client treats the response as complete when it has that chunk. To the application the response has
 * ended: its headers are final and nothing can be added.
 */
export class HeldEnd {
  private hasAsked: boolean;
  /** The calls that are made when the wait is over; undefined while nothing is held back. */
  private deferred: (() => void)[] | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly waitAtEnd: ElectRequest,
    /** The bytes of the body that were written before. */
    private written: number,
    private hasWritten: boolean,
  ) {
    // The client treats a complete response as its end, so that holding the end back would gain nothing.
    this.hasAsked = written > 0 && written >= (announcedLength(response) ?? Infinity);
  }

  /** Whether the whole response is held back, so that the client has received nothing. */
  get holdsAll(): boolean {
    return this.deferred !== undefined && !this.hasWritten;
  }

  /** Whether this chunk must be held back. Starts to wait if the chunk completes the body. */
  holdsWrite(chunk: unknown, encoding: unknown): boolean {
    const holds =
      this.deferred !== undefined ||
      (!this.hasAsked && isBody(chunk) && this.completes(chunk, encoding) && this.startsWaiting());
    this.hasWritten ||= !holds;
    return holds;
  }

  /** Whether the end must be held back. Starts to wait if a flush is due. */
  holdsEnd(chunk: unknown, encoding: unknown): boolean {
    if (
      !this.deferred &&
      (this.hasAsked || !isEndArgument(chunk) || !this.startsWaiting(chunk, encoding))
    ) {
      return false;
    }
    // Exception filters must see that the response was sent.
    Object.defineProperty(this.response, 'writableEnded', { value: true, configurable: true });
    return true;
  }

  /** Defers a call until the wait is over. */
  defer(call: () => void): void {
    this.deferred!.push(call);
  }

  /** Whether the declared length is reached with this chunk, so that the client expects nothing more. */
  private completes(chunk: unknown, encoding: unknown): boolean {
    const { response } = this;
    if (!response.headersSent && announcedLength(response) !== undefined) {
      response.writeHead(response.statusCode); // as the first write would do
    }
    const length = announcedLength(response);
    if (typeof length !== 'number') {
      return false;
    }
    this.written += byteLength(chunk, encoding);
    return this.written >= length;
  }

  private startsWaiting(lastChunk?: unknown, encoding?: unknown): boolean {
    this.hasAsked = true;
    const wait = this.waitAtEnd();
    if (!wait) {
      return false;
    }
    this.finishHeaders(lastChunk, encoding);
    this.deferred = [];
    void wait.then(() => this.release());
    return true;
  }

  /** Writes the headers as `end()` would, with the length of the last chunk. Throws if headers are invalid, as `end()` does. */
  private finishHeaders(lastChunk: unknown, encoding: unknown): void {
    const { response } = this;
    if (response.headersSent) {
      return;
    }
    if (announcedLength(response) !== undefined) {
      Reflect.set(response, '_contentLength', byteLength(lastChunk, encoding));
    }
    response.writeHead(response.statusCode);
  }

  private release(): void {
    const { response, deferred } = this;
    this.deferred = undefined;
    try {
      deferred?.forEach(call => call());
    } catch (error) {
      // The caller has returned already, so the error cannot be thrown to it.
      response.destroy(error as Error);
    }
  }
}

/** Returns the declared length; null if the headers declare none. Responses have no public property for this, and HTTP/2
 * responses have none at all. */
function announcedLength(response: ServerResponse): number | null | undefined {
  const { _contentLength: length } = response as { _contentLength?: number | null };
  return length;
}

function isBody(chunk: unknown): boolean {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

/** Whether `end()` accepts the chunk. For anything else `end()` throws, and must do so at once. */
function isEndArgument(chunk: unknown): boolean {
  return !chunk || isBody(chunk) || typeof chunk === 'function';
}
