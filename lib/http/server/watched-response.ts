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

/** The key under which responses keep their watchers. Each prototype has its own, since a method may call that of its parent. */
type WatcherKey = symbol;

type WatchedResponse = ServerResponse & Record<WatcherKey, ResponseWatcher | undefined>;

/** The prototypes, and seldom single responses, whose methods were replaced. */
const keys = new WeakMap<object, WatcherKey>();
/** The prototype of the last response. Comparing it is cheaper than a search for the key. */
let lastPrototype: object | undefined;
let lastKey: WatcherKey = Symbol('watcher of none');

/**
 * Lets a watcher see the calls of a response. Replaces the methods of the prototype, once in a process: three closures for
 * each response would be the largest cost of a measured request. Responses without a watcher are not affected.
 */
export function watchResponse(response: ServerResponse, watcher: ResponseWatcher): void {
  (response as WatchedResponse)[keyFor(response)] = watcher;
}

function keyFor(response: ServerResponse): WatcherKey {
  if (Object.hasOwn(response, 'writeHead')) {
    return keyOf(response); // Another library has replaced the methods of this response.
  }
  const prototype = Object.getPrototypeOf(response) as object;
  if (prototype !== lastPrototype) {
    lastPrototype = prototype;
    lastKey = keyOf(ownerOfMethods(prototype));
  }
  return lastKey;
}

/** Returns the prototype that has the methods itself. Passes over those of Express, which has another one for each application. */
function ownerOfMethods(prototype: object): object {
  let owner = prototype;
  while (!Object.hasOwn(owner, 'writeHead')) {
    owner = Object.getPrototypeOf(owner) as object;
  }
  return owner;
}

function keyOf(owner: object): WatcherKey {
  let key = keys.get(owner);
  if (key === undefined) {
    key = Symbol('watcher');
    keys.set(owner, key);
    replaceMethods(owner as Methods, key);
  }
  return key;
}

function replaceMethods(owner: Methods, key: WatcherKey): void {
  const { writeHead, write, end } = owner;
  owner.writeHead = function watchedWriteHead(status, reason, headers) {
    const watcher = (this as WatchedResponse)[key];
    return watcher === undefined
      ? writeHead.call(this, status, reason, headers)
      : watcher.writeHead(writeHead, status, reason, headers);
  };
  owner.write = function watchedWrite(chunk, encoding, done) {
    const watcher = (this as WatchedResponse)[key];
    return watcher === undefined
      ? write.call(this, chunk, encoding, done)
      : watcher.write(write, chunk, encoding, done);
  };
  owner.end = function watchedEnd(chunk, encoding, done) {
    const watcher = (this as WatchedResponse)[key];
    return watcher === undefined
      ? end.call(this, chunk, encoding, done)
      : watcher.end(end, chunk, encoding, done);
  };
}
