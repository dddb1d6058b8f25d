import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { ElectRequest } from '../flush/election.js';
import { byteLength } from '../http/server/byte-length.js';
import { isAsyncIterable } from './watched-iterable.js';

/** The part of a web stream that is used here. Accepts any implementation. */
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

/** Bodies that are held already. An application may return the same body for several requests. */
const held = new WeakSet<object>();

/**
 * Holds back the end of a streamed body until the flush has ended. If the length of the body was declared, holds back the
 * last bytes too, since the client treats the body as complete when it has them.
 *
 * Changes the body in place, since handlers, other interceptors and Nest have references to it, check its type and may
 * destroy it.
 *
 * @returns false if the value is not a streamed body, or if all of it was produced already.
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
  const isHeld = Object.isExtensible(body) && holdBody(body, waitAtEnd, length);
  if (isHeld) {
    held.add(body);
  }
  return isHeld;
}

function holdBody(body: object, waitAtEnd: ElectRequest, length: number): boolean {
  if (isNodeReadable(body)) {
    return holdReadable(body, waitAtEnd, length);
  }
  if (isWebReadable(body)) {
    holdWebReadable(body, waitAtEnd, length);
    return true;
  }
  if (isStreamedIterable(body)) {
    holdIterable(body, waitAtEnd);
    return true;
  }
  return false;
}

function holdReadable(stream: Readable, waitAtEnd: ElectRequest, length: number): boolean {
  if (hasProducedAll(stream)) {
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

/** Whether everything was pushed already, as in a file made from a buffer. Streams have no public property for this. */
function hasProducedAll(stream: Readable): boolean {
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

/** Decides as Nest does: Nest awaits a value that is both thenable and iterable, such as a database query. */
function isStreamedIterable(body: object): body is AsyncIterable<unknown> {
  return isAsyncIterable(body) && !('then' in body && typeof body.then === 'function');
}
