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

/** The catch-all route that plugins such as @fastify/cors register at the root. It does not belong to the application. */
const ROOT_CATCH_ALL = '*';

const FASTIFY_REQUEST = Symbol('fastify request');

interface RoutedRequest extends IncomingMessage {
  [FASTIFY_REQUEST]?: FastifyRequest;
}

/**
 * Watches all requests of a Fastify instance. The server event `request` marks the start: hooks run after hooks that were
 * added earlier, and do not run at all if the URL is malformed. The hooks provide the route, and observe requests that do
 * not come from the server, as with `inject()`.
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

/** Reads `routeOptions` once for each request: Fastify builds the object on every read. */
function routeOf(request: RoutedRequest): TemplateRoute | undefined {
  const url = request[FASTIFY_REQUEST]?.routeOptions?.url;
  return url === undefined || url === ROOT_CATCH_ALL ? undefined : new TemplateRoute(url);
}
