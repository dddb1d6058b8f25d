import type { HttpReply } from './rest-connection.js';

/** What became of the series of a request. */
export type WriteOutcome =
  /** All were written, but those named here, by their index, with what the server says of each. */
  | { readonly written: true; readonly failures: ReadonlyMap<number, string> }
  /** Nothing was written, or it is not known what. The server may name the series that are to blame. */
  | {
      readonly written: false;
      readonly text: string;
      readonly culprits: ReadonlyMap<number, string>;
    };

interface ReplyError {
  readonly status: string;
  readonly message: string;
  /** What the API says of the points beside the message. */
  readonly summary: PointCounts | undefined;
  /** Further words that say what the matter is. */
  readonly details: string;
}

interface PointCounts {
  readonly total: number;
  readonly written: number;
}

const SOME_NOT_WRITTEN = /One or more TimeSeries could not be written:?/;
const SUMMARY = /CreateTimeSeriesSummary$/;
/** More than this of a page of HTML helps nobody. */
const LONGEST_TEXT = 10_000;
/** Of points that the server counts as failed without naming them. */
const PERHAPS_NOT_WRITTEN = 'perhaps not written, like others of the request';

/** Reads what the API answered to a request with `count` series. */
export function outcomeOf(reply: HttpReply, count: number): WriteOutcome {
  const json = parsed(reply.body);
  const isOk = reply.status >= 200 && reply.status < 300;
  const error = errorOf(json);
  if (isOk && !error) {
    // Whatever says more than that is not this API.
    return saysNothing(reply.body, json)
      ? { written: true, failures: new Map() }
      : notWritten(reply.body);
  }
  return error ? outcomeOfError(error, count) : notWritten(reply.body);
}

/** An empty body, or an object without anything in it. */
function saysNothing(body: string, json: unknown): boolean {
  return body.trim() === '' || (isObject(json) && Object.keys(json).length === 0);
}

function outcomeOfError(error: ReplyError, count: number): WriteOutcome {
  const text = [error.status, error.message, error.details].filter(Boolean).join(': ');
  const isPartial = SOME_NOT_WRITTEN.test(error.message) || error.summary !== undefined;
  if (!isPartial) {
    return notWritten(text, blamed(error.message, count));
  }
  const failures = namedFailures(error.message, count);
  const failed = failedOf(error.summary, count) ?? (failures.size || undefined);
  if (failed === undefined) {
    return notWritten(text);
  }
  if (failed > failures.size) {
    const why = failed === count ? text : PERHAPS_NOT_WRITTEN;
    for (let i = 0; i < count; i++) {
      failures.set(i, failures.get(i) ?? why);
    }
  }
  return { written: true, failures: failed === 0 ? new Map() : failures };
}

/** How many were not written; nothing where the server does not say, or counts other points than it was sent. */
function failedOf(summary: PointCounts | undefined, count: number): number | undefined {
  return summary?.total === count && summary.written >= 0 && summary.written <= count
    ? count - summary.written
    : undefined;
}

/**
 * The failures that a message names. It is one of `why: timeSeries[0-2,5]; why: timeSeries[3]`, of
 * `why: resource{…} timeSeries[0-2]: metric{…}; …`, and of `timeSeries[0-2] (example …): why; …`.
 */
function namedFailures(message: string, count: number): Map<number, string> {
  const text = message.replace(SOME_NOT_WRITTEN, '').trim();
  const names = [...text.matchAll(/(?<!Field )timeSeries\[([\d,\s-]+)\]/g)];
  const namesComeFirst = names[0]?.index === 0;
  const failures = new Map<number, string>();
  names.forEach((name, i) => {
    const before = names[i - 1];
    const from = namesComeFirst ? name.index : before ? before.index + before[0].length : 0;
    const to = namesComeFirst ? (names[i + 1]?.index ?? text.length) : name.index;
    const why = withoutPunctuation(text.slice(from, to));
    for (const index of indexesIn(name[1]!, count)) {
      failures.set(index, why);
    }
  });
  return failures.size > 0 ? failures : blamed(message, count);
}

/** The series that are to blame: `Field timeSeries[3].points[0] had an invalid value`. */
function blamed(message: string, count: number): Map<number, string> {
  const failures = new Map<number, string>();
  for (const [, index] of message.matchAll(/timeSeries\[(\d+)\]/g)) {
    if (Number(index) < count) {
      failures.set(Number(index), message);
    }
  }
  return failures;
}

const PUNCTUATION = /[\s:;]/;

/** A text without the blanks, colons and semicolons at its ends. A pattern with `+$` would try every run of them. */
function withoutPunctuation(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && PUNCTUATION.test(text[from]!)) {
    from += 1;
  }
  while (to > from && PUNCTUATION.test(text[to - 1]!)) {
    to -= 1;
  }
  return text.slice(from, to);
}

/** `0-2,5` is 0, 1, 2 and 5. A range costs the same however long it is: a hostile reply may repeat the longest. */
function indexesIn(ranges: string, count: number): number[] {
  /** By how much more ranges cover an index than the index before. */
  const changes = Array.from({ length: count + 1 }, () => 0);
  for (const range of ranges.split(',')) {
    const [first = NaN, last = first] = range.split('-').map(Number);
    const end = Math.min(last, count - 1);
    if (first <= end) {
      changes[first]! += 1;
      changes[end + 1]! -= 1;
    }
  }
  let covering = 0;
  return Array.from({ length: count }, (_, index) => index).filter(index => {
    covering += changes[index]!;
    return covering > 0;
  });
}

/** The error of a reply, in either form of Google's APIs: `{ error: {…} }`, or a bare status. */
function errorOf(json: unknown): ReplyError | undefined {
  // Some proxies wrap it into an array.
  const body: unknown = Array.isArray(json) ? json[0] : json;
  if (!isObject(body)) {
    return undefined;
  }
  const error = [body.error, body.status, body].find(
    (candidate): candidate is Record<string, unknown> =>
      isObject(candidate) && (candidate === body.error || Number(candidate.code) > 0),
  );
  if (!error) {
    return body.error ? { ...NO_WORDS, message: textOf(body.error) } : undefined;
  }
  const details = Array.isArray(error.details) ? error.details.filter(isObject) : [];
  const summary = details.find(detail => SUMMARY.test(textOf(detail['@type'])));
  return {
    status: textOf(error.status),
    message: textOf(error.message),
    summary: countsOf(summary),
    details: [...details.map(({ reason }) => textOf(reason)), ...wordsOf(summary)]
      .filter(Boolean)
      .join(' '),
  };
}

const NO_WORDS: ReplyError = { status: '', message: '', summary: undefined, details: '' };

/** Zero is left out in JSON. */
function countsOf(summary: Record<string, unknown> | undefined): PointCounts | undefined {
  return (
    summary && {
      total: Number(summary.totalPointCount ?? 0),
      written: Number(summary.successPointCount ?? 0),
    }
  );
}

/** What a summary says of its errors. */
function wordsOf(summary: Record<string, unknown> | undefined): string[] {
  const errors = Array.isArray(summary?.errors) ? summary.errors.filter(isObject) : [];
  return errors.map(({ status }) => (isObject(status) ? textOf(status.message) : ''));
}

function notWritten(text: string, culprits: ReadonlyMap<number, string> = new Map()): WriteOutcome {
  return { written: false, text: text.slice(0, LONGEST_TEXT), culprits };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
