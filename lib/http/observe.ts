import type { IncomingMessage, ServerResponse } from 'node:http';

/** Finds the template of the route that a request was given to; undefined or null where there was none. */
export type RouteOf = (request: IncomingMessage) => unknown;

/** Begins to watch a request. Called again for the same request it does nothing. */
export type Observe = (
  request: IncomingMessage,
  response: ServerResponse,
  routeOf: RouteOf,
) => void;
