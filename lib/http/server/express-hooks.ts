import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './exchange.js';
import type { Layer, RoutedRequest } from './express-layer.js';
import { mountPattern, type MountedApplication } from './express-mount.js';
import { Place } from './express-place.js';
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
 * Watches all requests of an Express application, also those that another server, or another Express application,
 * hands to it. Everything leads through its method `handle`, before any middleware, and before Express changes
 * the prototypes of request and response, which makes all that is done with them later slow on Node 20.
 */
export function installExpressHooks(instance: object, observe: Observe): void {
  const app = instance as ExpressApplication;
  const { handle } = app;
  const rootAt = rootsOf(app);
  const routeOf: RouteOf = knowsRouters(app) ? followedRoute : rememberedRoute;
  app.handle = function watchedHandle(request, response, ...others) {
    const exchange = observe(request, response, routeOf);
    if (exchange && !exchange.skipped) {
      exchange.trail = followRequest(request, rootAt, exchange);
    }
    return handle.call(this, request, response, ...others);
  };
}

/** Finds the place of an application, past the base URL that the applications around it have taken. */
function rootsOf(app: MountedApplication): (baseUrl: string) => Place {
  const unmounted = Place.root(watchMounted, '');
  const mounted = new Map<string, Place>();
  return baseUrl => {
    if (baseUrl === '') {
      return unmounted;
    }
    const pattern = mountPattern(app, baseUrl);
    const root = mounted.get(pattern) ?? Place.root(watchMounted, pattern);
    mounted.set(pattern, root);
    return root;
  };
}

function followedRoute(_request: IncomingMessage, { trail }: Exchange): MatchedRoute | undefined {
  return trail?.route;
}

/** Routers of another copy of Express must be watched, too. */
function watchMounted({ handle, route }: Layer): void {
  if (!route && Array.isArray(handle.stack)) {
    watchRouters(handle);
  }
}

/** False for routers of another kind. Express 4 throws where its application is asked for the router. */
function knowsRouters(app: ExpressApplication): boolean {
  try {
    return watchRouters(app.router);
  } catch {
    return false;
  }
}

/** What an application with routers of another kind remembers: the route without its mount path. */
function rememberedRoute(request: IncomingMessage): TemplateRoute | undefined {
  const { route, baseUrl } = request as RoutedRequest & { route?: { readonly path?: unknown } };
  if (!route) {
    return undefined;
  }
  const path = typeof route.path === 'string' ? route.path : `/${UNKNOWN_PATTERN}`;
  return new TemplateRoute(baseUrl ? `/${UNKNOWN_PATTERN}${path}` : path);
}
