import type { Layer, RoutedRequest } from './express-layer.js';
import { trailOf } from './express-trail.js';

type Handle = (
  this: unknown,
  request: RoutedRequest,
  response: unknown,
  callback: unknown,
) => unknown;

interface RouterPrototype {
  handle: Handle;
}

interface LayerPrototype {
  handleRequest(this: Layer, request: RoutedRequest, response: unknown, next: unknown): unknown;
}

/** Prototypes that are watched already. All routers of one copy of Express share their prototypes. */
const watched = new WeakSet<object>();

/**
 * Wraps the prototypes of an Express router, so that all routers of the same copy of the package `router` report to the
 * trail of a request which router and which layer the request enters. Does nothing for requests without a trail.
 *
 * @returns false for a router of an unknown kind.
 */
export function watchRouters(router: unknown): boolean {
  const routers = ownerOf<RouterPrototype>(router, 'handle');
  const [layer] = (router as { stack?: unknown[] }).stack ?? [];
  const layers = ownerOf<LayerPrototype>(layer, 'handleRequest');
  if (!routers || !layers) {
    return false;
  }
  if (!watched.has(layers)) {
    watched.add(layers);
    watchHandle(routers);
    watchHandleRequest(layers);
  }
  return true;
}

function watchHandle(routers: RouterPrototype): void {
  const { handle } = routers;
  routers.handle = function watchedHandle(request, response, callback): unknown {
    const trail = trailOf(request);
    if (!trail || typeof callback !== 'function') {
      return handle.call(this, request, response, callback);
    }
    const leave = trail.enterRouter(request);
    return handle.call(this, request, response, function passOn(this: unknown, ...args: unknown[]) {
      leave(args[0]);
      return callback.apply(this, args) as unknown;
    });
  };
}

function watchHandleRequest(layers: LayerPrototype): void {
  const { handleRequest } = layers;
  layers.handleRequest = function watchedHandleRequest(request, response, next): unknown {
    trailOf(request)?.enter(this, request);
    return handleRequest.call(this, request, response, next);
  };
}

/** Returns the object in a prototype chain that owns a method. */
function ownerOf<T extends object>(start: unknown, method: string): T | undefined {
  let owner = start;
  while (isObject(owner) && !Object.hasOwn(owner, method)) {
    owner = Object.getPrototypeOf(owner);
  }
  return isObject(owner) && typeof Reflect.get(owner, method) === 'function'
    ? (owner as T)
    : undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
