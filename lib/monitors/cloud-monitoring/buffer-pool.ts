import { JsonBytes } from './json-bytes.js';

/** The number of requests that a flush has in progress by default. */
const MOST_KEPT = 4;
const LARGEST_KEPT = 1024 * 1024;

/** Keeps the buffers of requests that have ended for the next requests. */
export class BufferPool {
  private readonly kept: JsonBytes[] = [];

  take(): JsonBytes {
    const body = this.kept.pop() ?? new JsonBytes();
    body.truncate(0);
    return body;
  }

  /** Takes a buffer back. Call it when neither a batch nor a socket reads the buffer any more. */
  giveBack(body: JsonBytes): void {
    if (this.kept.length < MOST_KEPT && body.capacity <= LARGEST_KEPT) {
      this.kept.push(body);
    }
  }
}
