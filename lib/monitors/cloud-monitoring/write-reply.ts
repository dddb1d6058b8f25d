import { isGrpcRefusal, isHttpRefusal, isNameOfRefusal } from '../refusals.js';
import { blamed, namedFailures, SOME_NOT_WRITTEN, type Failures } from './named-series.js';
import { errorOf, isObject, type PointCounts, type ReplyError } from './reply-error.js';
import type { HttpReply } from './rest-connection.js';

/** What became of the series of a request. */
export type WriteOutcome =
  /** All were written but the failures: by their index, with the server's words about each. */
  | {
      readonly written: 'all but';
      readonly failures: ReadonlyMap<number, string>;
      /** Whether the failures were surely not written. */
      readonly failedSurely: boolean;
      /** Whether the server also counted the failures, and its count agrees with its names. */
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

/** More than this of a page of HTML helps nobody. */
const LONGEST_TEXT = 10_000;

/** Reads what the API answered to a request with `count` series. */
export function outcomeOf(reply: HttpReply, count: number): WriteOutcome {
  const json = parsed(reply.body);
  const error = errorOf(json);
  if (reply.status >= 200 && reply.status < 300) {
    // A reply that says more than that is not from this API.
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
    return isClear
      ? { written: 'all but', failures: named, failedSurely, isCounted: false }
      : unknown(text);
  }
  // Where all failed the server need not name any.
  const failures = named?.size === 0 && failed === count ? everyOne(count, text) : named;
  return failures !== undefined && failures.size > 0 && failures.size === failed
    ? { written: 'all but', failures, failedSurely, isCounted: true }
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
