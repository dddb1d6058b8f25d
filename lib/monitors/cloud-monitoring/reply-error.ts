/** What an error of the API says. */
export interface ReplyError {
  readonly message: string;
  /** All that the error says, for the log. */
  readonly text: string;
  /** What the error says of its kind, beside the status of HTTP: numbers and names of codes. */
  readonly codes: readonly unknown[];
  /** How many points were written. One summary is usual. */
  readonly summaries: readonly PointCounts[];
}

/** How many points of a request were written. */
export interface PointCounts {
  readonly total: number;
  readonly written: number;
  /** How many failed, by the errors that the summary lists; undefined where it does not say. */
  readonly failed: number | undefined;
  /** The codes of these errors. */
  readonly codes: readonly unknown[];
}

const SUMMARY = /CreateTimeSeriesSummary$/;

/** The error of a reply, in either form of Google's APIs: `{ error: {…} }`, or a bare status. */
export function errorOf(json: unknown): ReplyError | undefined {
  // Some proxies wrap it into an array.
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

/** Zero is left out in JSON. */
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

/** What a summary says of its errors. */
function wordsOf(summary: Record<string, unknown>): string[] {
  return errorsOf(summary).map(({ status }) => (isObject(status) ? textOf(status.message) : ''));
}

function errorsOf({ errors }: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(errors) ? errors.filter(isObject) : [];
}

/** Whether a value of JSON is an object, neither a list nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
