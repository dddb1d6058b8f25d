import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './exchange.js';
import type { Layer, RoutedRequest } from './express-layer.js';
import { mountPattern, type MountedApplication } from './express-mount.js';
import { declareExpressProperties } from './express-properties.js';
import { RouteNode } from './express-route-tree.js';
import { watchRouters } from './express-routers.js';
import { followRequest } from './express-trail.js';
import type { Observe, RouteOf } from './observe.js';
import { UNKNOWN_PATTERN } from './pattern-inference.js';
import { TemplateRoute, type MatchedRoute } from './route-name.js';

type Handle = (
  this: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  ...others: unknown[]
) => unknown;

interface ExpressApplication extends MountedApplication {
  handle: Handle;
  readonly router?: unknown;
}

/**
 * Watches all requests of an Express application, also requests from another server or from an outer Express application.
 * Wraps the method `handle`, which every request passes before any middleware. At that point Express has not yet changed
 * the prototypes of request and response; on Node 20 this change makes later property access slow.
 */
export function installExpressHooks(instance: object, observe: Observe): void {
  const app = instance as ExpressApplication;
  const { handle } = app;
  const rootAt = rootFinder(app);
  const routeOf: RouteOf = tryWatchRouters(app) ? routeOfTrail : routeOfRequest;
  app.handle = function watchedHandle(request, response, ...others) {
    const exchange = observe(request, response, routeOf);
    if (exchange) {
      declareExpressProperties(request, response);
    }
    if (exchange && !exchange.skipped) {
      exchange.trail = followRequest(request, rootAt, exchange);
    }
    return handle.call(this, request, response, ...others);
  };
}

/** Returns a function that finds the root of the application, given the base URL under which outer applications mounted it. */
function rootFinder(app: MountedApplication): (baseUrl: string) => RouteNode {
  const unmounted = RouteNode.root(watchMounted, '');
  const mounted = new Map<string, RouteNode>();
  return baseUrl => {
    if (baseUrl === '') {
      return unmounted;
    }
    const pattern = mountPattern(app, baseUrl);
    const root = mounted.get(pattern) ?? RouteNode.root(watchMounted, pattern);
    mounted.set(pattern, root);
    return root;
  };
}

function routeOfTrail(_request: IncomingMessage, { trail }: Exchange): MatchedRoute | undefined {
  return trail?.route;
}

/** Watches mounted routers, which may come from another copy of Express. */
function watchMounted({ handle, route }: Layer): void {
  if (!route && Array.isArray(handle.stack)) {
    watchRouters(handle);
  }
}

/** Watches the routers; false for routers of an unknown kind. In Express 4, reading `app.router` throws. */
function tryWatchRouters(app: ExpressApplication): boolean {
  try {
    return watchRouters(app.router);
  } catch {
    return false;
  }
}

/** Reads the route from the request if routers cannot be watched. `req.route` lacks the mount path. */
function routeOfRequest(request: IncomingMessage): TemplateRoute | undefined {
  const { route, baseUrl } = request as RoutedRequest & { route?: { readonly path?: unknown } };
  if (!route) {
    return undefined;
  }
  const path = typeof route.path === 'string' ? route.path : `/${UNKNOWN_PATTERN}`;
  return new TemplateRoute(baseUrl ? `/${UNKNOWN_PATTERN}${path}` : path);
}
