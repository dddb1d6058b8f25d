import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AnyRequest, AnyResponse } from './added-fields.js';
import type { Observe } from './observe.js';
import { TemplateRoute } from './route-name.js';

interface FastifyRequest extends AnyRequest {
  readonly raw: IncomingMessage;
  readonly routeOptions?: { readonly url?: string };
}

interface FastifyReply extends AnyResponse {
  readonly raw: ServerResponse;
  readonly request: FastifyRequest;
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

const FASTIFY_REPLY = Symbol('fastify reply');

interface RoutedRequest extends IncomingMessage {
  [FASTIFY_REPLY]?: FastifyReply;
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
    noteReply(request, reply);
    observe(request.raw, reply.raw, routeOf);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    noteReply(request, reply);
    done();
  });
}

/** Returns the request and the response that handlers get, given those of Node. On Express they are the same. */
export function asHandlersSee(
  request: RoutedRequest,
  response: ServerResponse,
): [AnyRequest, AnyResponse] {
  const reply = request[FASTIFY_REPLY];
  return reply ? [reply.request, reply] : [request, response];
}

function noteReply(request: FastifyRequest, reply: FastifyReply): void {
  (request.raw as RoutedRequest)[FASTIFY_REPLY] = reply;
}

/** Reads `routeOptions` once for each request: Fastify builds the object on every read. */
function routeOf(request: RoutedRequest): TemplateRoute | undefined {
  const url = request[FASTIFY_REPLY]?.request.routeOptions?.url;
  return url === undefined || url === ROOT_CATCH_ALL ? undefined : new TemplateRoute(url);
}
