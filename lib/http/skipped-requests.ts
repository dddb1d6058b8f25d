// A name that two copies of this package in one process agree upon.
const MARK = Symbol.for('nestjs-tsmon:skip-metrics');

/** Tells of a request that is watched whether it is left out. */
export interface SkipMark {
  skipped: boolean;
}

interface MarkedRequest {
  [MARK]?: SkipMark;
  raw?: MarkedRequest;
}

/** The mark for a raw request that nobody has begun to watch yet; else undefined. */
export function markOfNew(request: object): SkipMark | undefined {
  const marked: MarkedRequest = request;
  return marked[MARK] ? undefined : (marked[MARK] = { skipped: false });
}

/** Marks a request, as the platform hands it to handlers, so that it is not measured. */
export function skipRequest(request: object): void {
  const marked: MarkedRequest = (request as MarkedRequest).raw ?? request;
  (marked[MARK] ??= { skipped: false }).skipped = true;
}
