// Registered globally, so that two copies of this package in one process use the same key.
const MARK = Symbol.for('nestjs-tsmon:skip-metrics');

/** States whether a request is left out of the metrics. */
export interface SkipMark {
  skipped: boolean;
}

interface MarkedRequest {
  [MARK]?: SkipMark;
  raw?: MarkedRequest;
}

/** Returns Node's request. Fastify hands a wrapper to handlers, which holds Node's request as `raw`. */
export function rawOf(request: object): object {
  return (request as MarkedRequest).raw ?? request;
}

/** Returns the mark of a raw request; undefined if the request is neither watched nor skipped. */
export function markOf(request: object): SkipMark | undefined {
  return (request as MarkedRequest)[MARK];
}

/** Marks a raw request, so that {@link skipRequest} finds the exchange that watches it. */
export function markRequest(request: object, mark: SkipMark): void {
  (request as MarkedRequest)[MARK] = mark;
}

/** Leaves a request out of the metrics. Accepts the request as handlers get it. */
export function skipRequest(request: object): void {
  const marked: MarkedRequest = rawOf(request);
  (marked[MARK] ??= { skipped: false }).skipped = true;
}
