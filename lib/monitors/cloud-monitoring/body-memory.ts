import { JsonBytes } from './json-bytes.js';

/** As many requests as a flush has under way by default. */
const MOST_KEPT = 4;
const LARGEST_KEPT = 1024 * 1024;

/** Keeps the memory of requests that are over for the next ones: a flush writes into a few buffers, again and again. */
export class BodyMemory {
  private readonly kept: JsonBytes[] = [];

  take(): JsonBytes {
    const body = this.kept.pop() ?? new JsonBytes();
    body.cutTo(0);
    return body;
  }

  /** Takes memory back that nothing reads any more, neither a batch nor a socket. */
  giveBack(body: JsonBytes): void {
    if (this.kept.length < MOST_KEPT && body.capacity <= LARGEST_KEPT) {
      this.kept.push(body);
    }
  }
}
