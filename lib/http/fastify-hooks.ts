import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Observe } from './observe.js';

interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly routeOptions?: { readonly url?: string };
}

interface FastifyReply {
  readonly raw: ServerResponse;
}

interface FastifyInstance {
  readonly server: Server;
  addHook(
    name: 'onRequest' | 'onResponse',
    hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void,
  ): unknown;
}

const ROUTE = Symbol('route');

interface RoutedRequest extends IncomingMessage {
  [ROUTE]?: string | undefined;
}

/**
 * Watches all requests of a Fastify instance. Its own hooks run after those that were added before, which may
 * have waited for something or answered, and not at all where the URL is malformed; so the server says when a
 * request begins. The hooks are for requests that come another way, as from `inject()`, and tell the route.
 */
export function installFastifyHooks(instance: object, observe: Observe): void {
  const fastify = instance as FastifyInstance;
  fastify.server.prependListener('request', (request, response) =>
    observe(request, response, routeOf),
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    noteRoute(request);
    observe(request.raw, reply.raw, routeOf);
    done();
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    noteRoute(request);
    done();
  });
}

function noteRoute(request: FastifyRequest): void {
  (request.raw as RoutedRequest)[ROUTE] = request.routeOptions?.url;
}

function routeOf(request: RoutedRequest): unknown {
  return request[ROUTE];
}
