import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './exchange.js';
import type { MatchedRoute } from './route-name.js';

/** Finds the route that answered a request; undefined if no route did. */
export type RouteOf = (request: IncomingMessage, exchange: Exchange) => MatchedRoute | undefined;

/** Begins to watch a request. Returns undefined if the request is watched already. */
export type Observe = (
  request: IncomingMessage,
  response: ServerResponse,
  routeOf: RouteOf,
) => Exchange | undefined;
