import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Properties that Express, its router and `finalhandler` add to a request. `body` is not among them: middleware asks
 * `'body' in request` to know whether the body was read.
 */
type RequestProperty =
  'res' | 'next' | 'baseUrl' | 'originalUrl' | '_parsedUrl' | 'params' | 'route';

type ExpressRequest = IncomingMessage & Partial<Record<RequestProperty, unknown>>;
type ExpressResponse = ServerResponse & { locals?: unknown };

/**
 * Declares the properties that Express adds to a request and its response, each with its present value. Call it before
 * Express changes their prototypes.
 *
 * On Node 20, V8 creates a hidden class for each object that gets a property after its prototype was changed. Code that
 * reads such an object cannot be optimised. With the properties declared, a request costs a third less CPU.
 */
export function declareExpressProperties(request: ExpressRequest, response: ExpressResponse): void {
  if (request.httpVersionMajor !== 1) {
    return; // Responses of HTTP/2 warn when their status message is read.
  }
  /* oxlint-disable no-self-assign, no-underscore-dangle -- Each line creates a property of the object itself. */
  request.res = request.res;
  request.next = request.next;
  request.baseUrl = request.baseUrl;
  request.originalUrl = request.originalUrl;
  request._parsedUrl = request._parsedUrl;
  request.params = request.params;
  request.route = request.route;
  response.locals = response.locals;
  response.statusCode = response.statusCode;
  response.statusMessage = response.statusMessage;
  /* oxlint-enable no-self-assign, no-underscore-dangle */
}
