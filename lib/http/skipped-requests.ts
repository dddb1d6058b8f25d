// A name that two copies of this package in one process agree upon.
const SKIPPED = Symbol.for('nestjs-tsmon:skip-metrics');

interface MarkedRequest {
  [SKIPPED]?: boolean;
  raw?: MarkedRequest;
}

/** Marks a request, as the platform hands it to handlers, so that it is not measured. */
export function skipRequest(request: object): void {
  const marked: MarkedRequest = (request as MarkedRequest).raw ?? request;
  marked[SKIPPED] = true;
}

/** True for a raw request that was marked. */
export function isSkipped(request: object): boolean {
  return (request as MarkedRequest)[SKIPPED] === true;
}
