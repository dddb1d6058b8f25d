import { isGrpcRefusal, isHttpRefusal, isNameOfRefusal } from '../refusals.js';
import type { HttpReply } from './rest-connection.js';

/** What became of the series of a request. */
export type WriteOutcome =
  /** All were written, but those named here, by their index, with what the server says of each. */
  | {
      readonly written: 'all but';
      readonly failures: ReadonlyMap<number, string>;
      /** Whether those that failed were surely not written. */
      readonly failedSurely: boolean;
      /** Whether the server also counted what failed, and its counts and its names agree. */
      readonly isCounted: boolean;
    }
  /** Surely nothing was written. The server may name the series that are to blame. */
  | {
      readonly written: 'nothing';
      readonly text: string;
      readonly culprits: ReadonlyMap<number, string>;
    }
  /** The server does not say what was written, or contradicts itself. */
  | { readonly written: 'unknown'; readonly text: string };

interface ReplyError {
  readonly message: string;
  /** All that the error says, for the log. */
  readonly text: string;
  /** What the error says of its kind, beside the status of HTTP: numbers and names of codes. */
  readonly codes: readonly unknown[];
  /** How many points were written. One summary is usual. */
  readonly summaries: readonly PointCounts[];
}

interface PointCounts {
  readonly total: number;
  readonly written: number;
  /** How many failed, by the errors that the summary lists; undefined where it does not say. */
  readonly failed: number | undefined;
  /** The codes of these errors. */
  readonly codes: readonly unknown[];
}

type Failures = Map<number, string>;

const SOME_NOT_WRITTEN = 'One or more TimeSeries could not be written';
const SUMMARY = /CreateTimeSeriesSummary$/;
/** More than this of a page of HTML helps nobody. */
const LONGEST_TEXT = 10_000;

/** Reads what the API answered to a request with `count` series. */
export function outcomeOf(reply: HttpReply, count: number): WriteOutcome {
  const json = parsed(reply.body);
  const error = errorOf(json);
  if (reply.status >= 200 && reply.status < 300) {
    // Whatever says more than that is not this API.
    return saysNothing(reply.body, json)
      ? { written: 'all but', failures: new Map(), failedSurely: true, isCounted: false }
      : unknown(reply.body);
  }
  return error ? outcomeOfError(error, reply.status, count) : outcomeOfPage(reply);
}

/** An empty body, or an object without anything in it. */
function saysNothing(body: string, json: unknown): boolean {
  return body.trim() === '' || (isObject(json) && Object.keys(json).length === 0);
}

function outcomeOfError(error: ReplyError, status: number, count: number): WriteOutcome {
  const { message, text, codes, summaries } = error;
  const failedSurely =
    isHttpRefusal(status) &&
    [codes, ...summaries.map(summary => summary.codes)].flat().every(isRefusalCode);
  const isPartial = message.trimStart().startsWith(SOME_NOT_WRITTEN);
  const failed = failedOf(summaries, count);
  if (!isPartial && (summaries.length === 0 || failed === count)) {
    // Elsewhere in the message the words may be quoted from a label.
    const isClear = failedSurely && text !== '' && !message.includes(SOME_NOT_WRITTEN);
    return isClear ? nothing(text, blamed(message, count)) : unknown(text);
  }
  const named = namedFailures(message, count);
  if (summaries.length === 0) {
    const isClear = named !== undefined && named.size > 0 && failedSurely;
    return isClear ? allBut(named, failedSurely, false) : unknown(text);
  }
  // None named where all failed is no contradiction.
  const failures = named?.size === 0 && failed === count ? everyOne(count, text) : named;
  return failures !== undefined && failures.size > 0 && failures.size === failed
    ? allBut(failures, failedSurely, true)
    : unknown(text);
}

/** A page without an error of the API comes from a proxy, which says by its status whether it passed the request on. */
function outcomeOfPage({ status, body }: HttpReply): WriteOutcome {
  // What begins like JSON and is none was cut off, or is the reply of something else.
  return isHttpRefusal(status) && !/^\s*[[{]/.test(body) ? nothing(body) : unknown(body);
}

/** How many were not written; undefined where the server does not say, contradicts itself, or counts other points. */
function failedOf(summaries: readonly PointCounts[], count: number): number | undefined {
  const [{ total, written, failed } = NO_COUNTS, ...others] = summaries;
  const isClear =
    others.length === 0 &&
    total === count &&
    Number.isInteger(written) &&
    written >= 0 &&
    written <= count &&
    (failed === undefined || failed === count - written);
  return isClear ? count - written : undefined;
}

const NO_COUNTS: PointCounts = { total: NaN, written: NaN, failed: undefined, codes: [] };

function isRefusalCode(code: unknown): boolean {
  if (typeof code === 'string' && /\D/.test(code)) {
    return isNameOfRefusal(code);
  }
  const number = Number(code);
  return number >= 100 ? isHttpRefusal(number) : isGrpcRefusal(number);
}

function everyOne(count: number, text: string): Failures {
  return new Map(Array.from({ length: count }, (_, i) => [i, text]));
}

/**
 * The failures that a message names; undefined where its names cannot be read, or contradict what was sent. It is one of
 * `why: timeSeries[0-2,5]; why: timeSeries[3]`, of `why: resource{…} timeSeries[0-2]: metric{…}; …`, and of
 * `timeSeries[0-2] (example …): why; …`.
 */
function namedFailures(message: string, count: number): Failures | undefined {
  const text = message.trimStart().replace(SOME_NOT_WRITTEN, '').replace(/^:/, '').trim();
  const names = [...text.matchAll(/(?<!Field )timeSeries\[([\d,\s-]+)\]/g)];
  const namesComeFirst = names[0]?.index === 0;
  const failures: Failures = new Map();
  for (const [i, name] of names.entries()) {
    const before = names[i - 1];
    const from = namesComeFirst ? name.index : before ? before.index + before[0].length : 0;
    const to = namesComeFirst ? (names[i + 1]?.index ?? text.length) : name.index;
    const why = withoutPunctuation(text.slice(from, to));
    const indexes = indexesIn(name[1]!, count);
    // One that is named twice has two reasons, of which one is not true.
    if (!indexes || indexes.some(index => failures.has(index))) {
      return undefined;
    }
    indexes.forEach(index => failures.set(index, why));
  }
  if (names.length < [...text.matchAll(/(?<!Field )timeSeries\[/g)].length) {
    return undefined;
  }
  if (failures.size > 0) {
    return failures;
  }
  return blamedIndexes(message).some(index => index >= count) ? undefined : blamed(message, count);
}

/** The series that are to blame: `Field timeSeries[3].points[0] had an invalid value`. */
function blamed(message: string, count: number): Failures {
  const indexes = blamedIndexes(message).filter(index => index < count);
  return new Map(indexes.map(index => [index, message]));
}

function blamedIndexes(message: string): number[] {
  return Array.from(message.matchAll(/timeSeries\[(\d+)\]/g), ([, index]) => Number(index));
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

/** `0-2,5` is 0, 1, 2 and 5. Undefined where it names what was not sent, or more than that. */
function indexesIn(ranges: string, count: number): number[] | undefined {
  const indexes: number[] = [];
  for (const range of ranges.split(',')) {
    const [, first, last = first] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(range) ?? [];
    if (first === undefined || Number(first) > Number(last) || Number(last) >= count) {
      return undefined;
    }
    for (let index = Number(first); index <= Number(last) && indexes.length <= count; index++) {
      indexes.push(index);
    }
  }
  return indexes.length <= count ? indexes : undefined;
}

/** The error of a reply, in either form of Google's APIs: `{ error: {…} }`, or a bare status. */
function errorOf(json: unknown): ReplyError | undefined {
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

function allBut(failures: Failures, failedSurely: boolean, isCounted: boolean): WriteOutcome {
  return { written: 'all but', failures, failedSurely, isCounted };
}

function nothing(text: string, culprits: Failures = new Map()): WriteOutcome {
  return { written: 'nothing', text: text.slice(0, LONGEST_TEXT), culprits };
}

function unknown(text: string): WriteOutcome {
  return { written: 'unknown', text: text.slice(0, LONGEST_TEXT) };
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

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
