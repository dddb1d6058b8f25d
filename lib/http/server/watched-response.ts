import type { ServerResponse } from 'node:http';

/** The methods of a response that are watched. One signature covers all overloads. */
export type WriteHead = (
  this: ServerResponse,
  status: number,
  reason?: unknown,
  headers?: unknown,
) => ServerResponse;

export type Write = (
  this: ServerResponse,
  chunk: unknown,
  encoding?: unknown,
  done?: unknown,
) => boolean;

export type End = (
  this: ServerResponse,
  chunk?: unknown,
  encoding?: unknown,
  done?: unknown,
) => ServerResponse;

/** Is called in place of the methods of a response, which it gets as `original` and calls itself. */
export interface ResponseWatcher {
  writeHead(original: WriteHead, status: number, reason: unknown, headers: unknown): ServerResponse;
  write(original: Write, chunk: unknown, encoding: unknown, done: unknown): boolean;
  end(original: End, chunk: unknown, encoding: unknown, done: unknown): ServerResponse;
}

interface Methods {
  writeHead: WriteHead;
  write: Write;
  end: End;
}

/**
 * The key under which responses keep their watchers. Each prototype has a key of its own: its `end()` may call the `end()` of
 * its parent, which is watched too and must not report the call again.
 */
type WatcherKey = symbol;

type WatchedResponse = ServerResponse & Record<WatcherKey, ResponseWatcher | undefined>;

/** The name under which an object whose methods were replaced keeps its key, for all copies of the package in a process. */
const KEY = Symbol.for('nestjs-tsmon/watched-response/1');

/** A prototype, and seldom a single response. */
type Owner = Methods & { [KEY]?: WatcherKey };

/** The methods of the last response, and the key that they read. Comparing them is cheaper than a search for their owner. */
let lastMethods: Methods | undefined;
let lastKey: WatcherKey = KEY;

/**
 * Lets a watcher see the calls of a response. Replaces the methods of the prototype, once in a process: three closures for
 * each response would be the largest cost of a measured request. Responses without a watcher are not affected.
 */
export function watchResponse(response: ServerResponse, watcher: ResponseWatcher): void {
  (response as WatchedResponse)[keyFor(response)] = watcher;
}

function keyFor(response: ServerResponse): WatcherKey {
  if (lastMethods !== undefined && hasMethods(response, lastMethods)) {
    return lastKey;
  }
  if (hasOwnMethods(response)) {
    // Another library has replaced methods of this response. It may not call those of the prototype.
    return keyOf(response);
  }
  lastKey = keyOf(ownerOfMethods(response));
  lastMethods = methodsOf(response);
  return lastKey;
}

function hasMethods(response: ServerResponse, { writeHead, write, end }: Methods): boolean {
  return response.end === end && response.write === write && response.writeHead === writeHead;
}

function methodsOf({ writeHead, write, end }: ServerResponse): Methods {
  return { writeHead, write, end } as Methods;
}

function hasOwnMethods(response: ServerResponse): boolean {
  return (
    Object.hasOwn(response, 'end') ||
    Object.hasOwn(response, 'write') ||
    Object.hasOwn(response, 'writeHead')
  );
}

/** Returns the prototype that has the methods itself. Passes over those of Express, which has another one for each application. */
function ownerOfMethods(response: ServerResponse): object {
  let owner = Object.getPrototypeOf(response) as object | null;
  while (owner !== null && !Object.hasOwn(owner, 'writeHead')) {
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return owner ?? response;
}

function keyOf(object: object): WatcherKey {
  const owner = object as Owner;
  if (!Object.hasOwn(owner, KEY)) {
    const key = Symbol('watcher');
    Object.assign(owner, watchedMethods(owner, key));
    Object.defineProperty(owner, KEY, { value: key });
  }
  return owner[KEY]!;
}

/** Wraps the methods of an object. */
function watchedMethods({ writeHead, write, end }: Methods, key: WatcherKey): Methods {
  return {
    writeHead: function watchedWriteHead(status, reason, headers) {
      const watcher = (this as WatchedResponse)[key];
      return watcher === undefined
        ? writeHead.call(this, status, reason, headers)
        : watcher.writeHead(writeHead, status, reason, headers);
    },
    write: function watchedWrite(chunk, encoding, done) {
      const watcher = (this as WatchedResponse)[key];
      return watcher === undefined
        ? write.call(this, chunk, encoding, done)
        : watcher.write(write, chunk, encoding, done);
    },
    end: function watchedEnd(chunk, encoding, done) {
      const watcher = (this as WatchedResponse)[key];
      return watcher === undefined
        ? end.call(this, chunk, encoding, done)
        : watcher.end(end, chunk, encoding, done);
    },
  };
}
