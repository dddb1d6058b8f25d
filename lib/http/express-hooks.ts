import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Observe } from './observe.js';

type Handle = (
  this: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  ...others: unknown[]
) => unknown;

interface ExpressApplication {
  handle: Handle;
}

interface ExpressRequest extends IncomingMessage {
  route?: { readonly path?: unknown };
}

/**
 * Watches all requests of an Express application, also those that another server, or another Express application,
 * hands to it. Everything leads through its method `handle`, before any middleware, and before Express changes
 * the prototypes of request and response, which makes all that is done with them later slow on Node 20.
 */
export function installExpressHooks(instance: object, observe: Observe): void {
  const app = instance as ExpressApplication;
  const { handle } = app;
  app.handle = function watchedHandle(request, response, ...others) {
    observe(request, response, routeOf);
    return handle.call(this, request, response, ...others);
  };
}

/** Express keeps the route that matched last. Its path is whole: Nest mounts no routers. */
function routeOf(request: ExpressRequest): unknown {
  return request.route?.path;
}
