// A name that two copies of this package in one process agree upon.
const MARK = Symbol.for('nestjs-tsmon:skip-metrics');

/** Tells of a request whether it is left out. */
export interface SkipMark {
  skipped: boolean;
}

interface MarkedRequest {
  [MARK]?: SkipMark;
  raw?: MarkedRequest;
}

/** Node's own request, of which a platform may hand another object to handlers. */
export function rawOf(request: object): object {
  return (request as MarkedRequest).raw ?? request;
}

/** The mark of a raw request that is watched already, or is to be left out. */
export function markOf(request: object): SkipMark | undefined {
  return (request as MarkedRequest)[MARK];
}

/** Marks a raw request, so that {@link skipRequest} finds the exchange that watches it. */
export function markRequest(request: object, mark: SkipMark): void {
  (request as MarkedRequest)[MARK] = mark;
}

/** Marks a request, as the platform hands it to handlers, so that it is not measured. */
export function skipRequest(request: object): void {
  const marked: MarkedRequest = rawOf(request);
  (marked[MARK] ??= { skipped: false }).skipped = true;
}
