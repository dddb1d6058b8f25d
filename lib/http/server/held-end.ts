import type { ServerResponse } from 'node:http';
import type { ElectRequest } from '../../flush/election.js';
import { byteLength } from './byte-length.js';

/**
 * Makes a response wait where it ends: what is passed to `end` is kept back, and where its length was announced
 * the last chunk too, since the client has it all with that. To the application it has ended meanwhile: its
 * headers are final, and nothing can be added.
 */
export class HeldEnd {
  private asked = false;
  private wroteSome = false;
  private written = 0;
  /** What is to be done when the wait is over; undefined while nothing is kept back. */
  private kept: (() => void)[] | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly waitAtEnd: ElectRequest,
  ) {}

  /** True while the client has got nothing of the response yet. */
  get keepsAll(): boolean {
    return this.kept !== undefined && !this.wroteSome;
  }

  /** Whether this chunk must be kept back. */
  keepsWrite(chunk: unknown, encoding: unknown): boolean {
    const keeps =
      this.kept !== undefined ||
      (!this.asked && isBody(chunk) && this.completes(chunk, encoding) && this.beginsToWait());
    this.wroteSome ||= !keeps;
    return keeps;
  }

  /** Whether the end must be kept back. */
  keepsEnd(chunk: unknown, encoding: unknown): boolean {
    if (!this.kept && (this.asked || !mayEnd(chunk) || !this.beginsToWait(chunk, encoding))) {
      return false;
    }
    // Exception filters must see that the response was sent.
    Object.defineProperty(this.response, 'writableEnded', { value: true, configurable: true });
    return true;
  }

  /** Keeps a call back: `goOn` makes it later. */
  keep(goOn: () => void): void {
    this.kept!.push(goOn);
  }

  /** True where the client knows that nothing follows this chunk. */
  private completes(chunk: unknown, encoding: unknown): boolean {
    const { response } = this;
    if (!response.headersSent && announcedLength(response) !== undefined) {
      response.writeHead(response.statusCode); // as the first write does by itself
    }
    const length = announcedLength(response);
    if (typeof length !== 'number') {
      return false;
    }
    this.written += byteLength(chunk, encoding);
    return this.written >= length;
  }

  private beginsToWait(lastChunk?: unknown, encoding?: unknown): boolean {
    this.asked = true;
    const wait = this.waitAtEnd();
    if (!wait) {
      return false;
    }
    this.finishHeaders(lastChunk, encoding);
    this.kept = [];
    void wait.then(() => this.release());
    return true;
  }

  /** Writes the headers as `end()` would, with the length of the last chunk. Throws where they are invalid, as `end()` does. */
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
    const { response, kept } = this;
    this.kept = undefined;
    try {
      kept?.forEach(goOn => goOn());
    } catch (error) {
      // The caller has returned long ago, so nothing can be thrown to it.
      response.destroy(error as Error);
    }
  }
}

/** Null where the headers did not announce one. No public name of a response tells; with HTTP/2 none does. */
function announcedLength(response: ServerResponse): number | null | undefined {
  const { _contentLength: length } = response as { _contentLength?: number | null };
  return length;
}

function isBody(chunk: unknown): boolean {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

/** What `end` takes. Anything else makes it throw, for which its caller must not wait. */
function mayEnd(chunk: unknown): boolean {
  return !chunk || isBody(chunk) || typeof chunk === 'function';
}
