import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Observe } from './observe.js';
import { TemplateRoute } from './route-name.js';

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

/** The catch-all of plugins at the root, such as the one of @fastify/cors for OPTIONS: no route of the application. */
const ROOT_CATCH_ALL = '*';

const FASTIFY_REQUEST = Symbol('fastify request');

interface RoutedRequest extends IncomingMessage {
  [FASTIFY_REQUEST]?: FastifyRequest;
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
    noteRequest(request);
    observe(request.raw, reply.raw, routeOf);
    done();
  });
  fastify.addHook('onResponse', (request, _reply, done) => {
    noteRequest(request);
    done();
  });
}

function noteRequest(request: FastifyRequest): void {
  (request.raw as RoutedRequest)[FASTIFY_REQUEST] = request;
}

/** Fastify puts the options of a route together whenever it is asked for them, so it is asked only once. */
function routeOf(request: RoutedRequest): TemplateRoute | undefined {
  const url = request[FASTIFY_REQUEST]?.routeOptions?.url;
  return url === undefined || url === ROOT_CATCH_ALL ? undefined : new TemplateRoute(url);
}
