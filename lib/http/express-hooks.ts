import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Observe } from './observe.js';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

interface ExpressApplication {
  use(middleware: Middleware): unknown;
  readonly router: { readonly stack: { readonly handle: unknown }[] };
}

interface ExpressRequest extends IncomingMessage {
  route?: { readonly path?: unknown };
}

/**
 * Watches all requests of an Express application, also those that another server hands to it. The routes and
 * the body parsers are there by now, so the middleware is moved in front of them.
 */
export function installExpressHooks(instance: object, observe: Observe): void {
  const app = instance as ExpressApplication;
  const watch: Middleware = (request, response, next) => {
    observe(request, response, routeOf);
    next();
  };
  app.use(watch);
  const { stack } = app.router;
  const own = stack.findIndex(layer => layer.handle === watch);
  stack.unshift(...stack.splice(own, 1));
}

/** Express keeps the route that matched last. Its path is whole: Nest mounts no routers. */
function routeOf(request: ExpressRequest): unknown {
  return request.route?.path;
}
