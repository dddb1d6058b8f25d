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

/** An object whose methods were replaced: a prototype, and seldom a single response. */
interface Replaced {
  readonly key: WatcherKey;
  readonly methods: Methods;
}

const replaced = new WeakMap<object, Replaced>();
/** The prototype of the last response. Comparing it is cheaper than a search. */
let lastPrototype: object | undefined;
let last: Replaced;

/**
 * Lets a watcher see the calls of a response. Replaces the methods of the prototype, once in a process: three closures for
 * each response would be the largest cost of a measured request. Responses without a watcher are not affected.
 */
export function watchResponse(response: ServerResponse, watcher: ResponseWatcher): void {
  (response as WatchedResponse)[keyFor(response)] = watcher;
}

function keyFor(response: ServerResponse): WatcherKey {
  const prototype = Object.getPrototypeOf(response) as object;
  if (prototype !== lastPrototype) {
    lastPrototype = prototype;
    last = replacedOf(ownerOfMethods(prototype) ?? response);
  }
  const { key, methods } = last;
  const isReplaced =
    response.writeHead === methods.writeHead &&
    response.write === methods.write &&
    response.end === methods.end;
  // Another library may have replaced the methods of this response. It may not call those of the prototype.
  return isReplaced ? key : replacedOf(response).key;
}

/** Returns the prototype that has the methods itself. Passes over those of Express, which has another one for each application. */
function ownerOfMethods(prototype: object): object | undefined {
  let owner: object | null = prototype;
  while (owner !== null && !Object.hasOwn(owner, 'writeHead')) {
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return owner ?? undefined;
}

function replacedOf(owner: object): Replaced {
  let known = replaced.get(owner);
  if (known === undefined) {
    const key = Symbol('watcher');
    known = { key, methods: watchedMethods(owner as Methods, key) };
    Object.assign(owner, known.methods);
    replaced.set(owner, known);
  }
  return known;
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
