import { isGrpcRefusal, isHttpRefusal, isNameOfRefusal } from '../refusals.js';
import { blamed, namedFailures, SOME_NOT_WRITTEN, type Failures } from './named-series.js';
import { errorOf, isObject, type PointCounts, type ReplyError } from './reply-error.js';
import type { HttpReply } from './rest-connection.js';

/** The outcome of a request. */
export type WriteOutcome =
  /** All series were written except the failures, which are listed by index with the text of the server. */
  | {
      readonly written: 'all but';
      readonly failures: ReadonlyMap<number, string>;
      /** Whether the failed series were surely not written. */
      readonly failedSurely: boolean;
      /** Whether the server also counted the failures, and the count agrees with the series that it names. */
      readonly isCounted: boolean;
    }
  /** Surely nothing was written. The server may name the series that caused the refusal. */
  | {
      readonly written: 'nothing';
      readonly text: string;
      readonly culprits: ReadonlyMap<number, string>;
    }
  /** The server does not say which series were written, or contradicts itself. */
  | { readonly written: 'unknown'; readonly text: string };

/** How many characters of a text are kept. */
const LONGEST_TEXT = 10_000;

/** Reads the answer to a request with `count` series. */
export function outcomeOf(reply: HttpReply, count: number): WriteOutcome {
  const json = parsed(reply.body);
  const error = errorOf(json);
  if (reply.status >= 200 && reply.status < 300) {
    // A success with any other content is not from this API.
    return saysNothing(reply.body, json)
      ? { written: 'all but', failures: new Map(), failedSurely: true, isCounted: false }
      : unknown(reply.body);
  }
  return error ? outcomeOfError(error, reply.status, count) : outcomeOfPage(reply);
}

/** Whether the body is empty, or an empty object. */
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
    // When the words are not at the beginning of the message, they may be quoted from a label.
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
  // When all series failed, the server need not name any.
  const failures = named?.size === 0 && failed === count ? everyOne(count, text) : named;
  return failures !== undefined && failures.size > 0 && failures.size === failed
    ? { written: 'all but', failures, failedSurely, isCounted: true }
    : unknown(text);
}

/** Reads an answer without an error of the API. It comes from a proxy, whose status says whether the request was passed on. */
function outcomeOfPage({ status, body }: HttpReply): WriteOutcome {
  // A body that begins like JSON but is not JSON was cut off, or comes from another server.
  return isHttpRefusal(status) && !/^\s*[[{]/.test(body) ? nothing(body) : unknown(body);
}

/** How many series were not written. Undefined when the server does not say, contradicts itself, or counts other points. */
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
