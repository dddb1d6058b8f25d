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
function routeOf(request: RoutedRequest): unknown {
  return request[FASTIFY_REQUEST]?.routeOptions?.url;
}
