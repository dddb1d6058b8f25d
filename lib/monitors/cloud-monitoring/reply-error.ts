/** The content of an error reply of the API. */
export interface ReplyError {
  readonly message: string;
  /** The status, the message and the details, for the log. */
  readonly text: string;
  /** The numbers and names of codes in the error itself, beside the HTTP status. */
  readonly codes: readonly unknown[];
  /** Counts of the points that were written. There is usually one summary. */
  readonly summaries: readonly PointCounts[];
}

/** How many points of a request were written. */
export interface PointCounts {
  readonly total: number;
  readonly written: number;
  /** How many points failed, by the errors that the summary lists. Undefined when it gives no counts. */
  readonly failed: number | undefined;
  /** The codes of these errors. */
  readonly codes: readonly unknown[];
}

const SUMMARY = /CreateTimeSeriesSummary$/;

/** Reads the error of a reply. Google's APIs send `{ error: {…} }` or a bare status. */
export function errorOf(json: unknown): ReplyError | undefined {
  // Some proxies wrap the error into an array.
  const body: unknown = Array.isArray(json) && json.length === 1 ? json[0] : json;
  if (!isObject(body)) {
    return undefined;
  }
  const error = [body.error, body.status, body].find(
    (candidate): candidate is Record<string, unknown> =>
      isObject(candidate) && (candidate === body.error || Number(candidate.code) > 0),
  );
  if (!error) {
    const message = textOf(body.error);
    return message ? { message, text: message, codes: [], summaries: [] } : undefined;
  }
  const details = Array.isArray(error.details) ? error.details.filter(isObject) : [];
  const summaries = details.filter(detail => SUMMARY.test(textOf(detail['@type'])));
  const more = [...details.map(({ reason }) => textOf(reason)), ...summaries.flatMap(wordsOf)];
  const texts = [textOf(error.status), textOf(error.message), more.filter(Boolean).join(' ')];
  return {
    message: textOf(error.message),
    text: texts.filter(Boolean).join(': '),
    codes: [error.code, error.status].filter(isThere),
    summaries: summaries.map(countsOf),
  };
}

/** Reads the counts of a summary. JSON leaves out a count of zero. */
function countsOf(summary: Record<string, unknown>): PointCounts {
  const errors = errorsOf(summary);
  return {
    total: Number(summary.totalPointCount ?? 0),
    written: Number(summary.successPointCount ?? 0),
    failed: errors.some(({ pointCount }) => isThere(pointCount))
      ? errors.reduce((sum, { pointCount }) => sum + Number(pointCount ?? 0), 0)
      : undefined,
    codes: errors.map(({ status }) => (isObject(status) ? status.code : undefined)).filter(isThere),
  };
}

/** The messages of the errors in a summary. */
function wordsOf(summary: Record<string, unknown>): string[] {
  return errorsOf(summary).map(({ status }) => (isObject(status) ? textOf(status.message) : ''));
}

function errorsOf({ errors }: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(errors) ? errors.filter(isObject) : [];
}

/** Whether a JSON value is an object, and neither an array nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
