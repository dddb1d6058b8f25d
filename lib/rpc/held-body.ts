import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { ElectRequest } from '../flush/election.js';

/** The part of a web stream that is needed here, of any implementation. */
interface WebReadable {
  getReader(options?: object): WebReader;
}

interface WebReader {
  read(...args: unknown[]): Promise<{ done: boolean; value?: unknown }>;
}

interface WebResponse {
  readonly body: WebReadable | null;
  readonly headers: { get(name: string): string | null };
}

/** Bodies outlive a request where an application returns one again and again. */
const held = new WeakSet<object>();

/**
 * Makes a body that is sent as it is produced wait where it ends: it keeps the last bytes back where its length
 * was announced, since the client has it all with them, and else only the end itself.
 *
 * The body is changed in place. Handlers, other interceptors and Nest all hold on to it, and ask it for its
 * kind, whether it was read, and to be destroyed.
 *
 * @returns false where the value is no such body, or is all there already.
 */
export function holdEnd(value: unknown, waitAtEnd: ElectRequest): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  if (value instanceof StreamableFile) {
    return holdOnce(value.getStream(), waitAtEnd, value.getHeaders().length);
  }
  if (Object.prototype.toString.call(value) === '[object Response]') {
    const { body, headers } = value as WebResponse;
    const length = headers.get('content-length');
    return body !== null && holdOnce(body, waitAtEnd, length === null ? undefined : Number(length));
  }
  return holdOnce(value, waitAtEnd);
}

function holdOnce(body: object, waitAtEnd: ElectRequest, length = Infinity): boolean {
  if (held.has(body)) {
    return true;
  }
  const isHeld = Object.isExtensible(body) && hold(body, waitAtEnd, length);
  if (isHeld) {
    held.add(body);
  }
  return isHeld;
}

function hold(body: object, waitAtEnd: ElectRequest, length: number): boolean {
  if (isNodeReadable(body)) {
    return holdReadable(body, waitAtEnd, length);
  }
  if (isWebReadable(body)) {
    holdWebReadable(body, waitAtEnd, length);
    return true;
  }
  if (isAsyncIterable(body)) {
    holdIterable(body, waitAtEnd);
    return true;
  }
  return false;
}

function holdReadable(stream: Readable, waitAtEnd: ElectRequest, length: number): boolean {
  if (hasAll(stream)) {
    return false;
  }
  const push = stream.push;
  let pushed = stream.readableLength;
  let reachedEnd = false;
  let waiting: Promise<void> | undefined;
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    pushed += byteLength(chunk, encoding);
    if (!reachedEnd && (chunk === null || pushed >= length)) {
      reachedEnd = true;
      waiting = waitAtEnd();
    }
    if (!waiting) {
      return push.call(stream, chunk, encoding);
    }
    waiting = waiting.then(() => {
      if (!stream.destroyed) {
        push.call(stream, chunk, encoding);
      }
    });
    return false;
  };
  return true;
}

/** True where everything was pushed, as into a file made of a buffer. No public name of a stream tells. */
function hasAll(stream: Readable): boolean {
  const { _readableState: state } = stream as { _readableState?: { readonly ended?: boolean } };
  return state?.ended === true;
}

function holdWebReadable(stream: WebReadable, waitAtEnd: ElectRequest, length: number): void {
  const getReader = stream.getReader;
  stream.getReader = (options?: object): WebReader => {
    const reader = getReader.call(stream, options);
    const read = reader.read;
    let passed = 0;
    let reachedEnd = false;
    reader.read = async (...args: unknown[]) => {
      const result = await read.apply(reader, args);
      passed += byteLength(result.value);
      if (!reachedEnd && (result.done || passed >= length)) {
        reachedEnd = true;
        await waitAtEnd();
      }
      return result;
    };
    return reader;
  };
}

function holdIterable(iterable: AsyncIterable<unknown>, waitAtEnd: ElectRequest): void {
  const iterate = iterable[Symbol.asyncIterator];
  iterable[Symbol.asyncIterator] = () => {
    const iterator = iterate.call(iterable);
    return {
      next: async () => {
        const result = await iterator.next();
        if (result.done) {
          await waitAtEnd();
        }
        return result;
      },
      return: async value => (await iterator.return?.(value)) ?? { done: true, value: undefined },
    };
  };
}

function isNodeReadable(body: object): body is Readable {
  return body instanceof Readable || ('push' in body && 'pipe' in body && 'readable' in body);
}

function isWebReadable(body: object): body is WebReadable {
  return 'getReader' in body && typeof body.getReader === 'function';
}

/** As Nest sees it: a query that is both thenable and iterable stands for what it resolves to. */
function isAsyncIterable(body: object): body is AsyncIterable<unknown> {
  return (
    Symbol.asyncIterator in body &&
    typeof body[Symbol.asyncIterator] === 'function' &&
    !('then' in body && typeof body.then === 'function')
  );
}

function byteLength(chunk: unknown, encoding: BufferEncoding = 'utf8'): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, encoding);
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
