import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './exchange.js';
import type { MatchedRoute } from './route-name.js';

/** Finds the route that answered a request; undefined where there was none. */
export type RouteOf = (request: IncomingMessage, exchange: Exchange) => MatchedRoute | undefined;

/** Begins to watch a request. Called again for the same request it does nothing, and returns undefined. */
export type Observe = (
  request: IncomingMessage,
  response: ServerResponse,
  routeOf: RouteOf,
) => Exchange | undefined;
