import {
  POINT_TEXTS,
  REQUEST_TEXTS,
  type FailureAction,
  type KnownText,
  type Consequence,
} from './failure-texts.js';

const LONGEST_SHOWN = 300;
/** How many characters are read at either end of a text. The API writes its own words before or after the labels of a point. */
const LONGEST_END = 2_000;

/** A failure, recognised by its text or status. */
export interface FailureKind extends Consequence {
  /** Equal for all failures of this kind, whatever else the server says. */
  readonly name: string;
}

/** The beginning of texts that report trouble of the server itself. */
const UNCLEAR = /^(INTERNAL|UNAVAILABLE|DEADLINE_EXCEEDED|ABORTED|CANCELLED|UNKNOWN)\b/;
const ACTION_BY_STATUS: Readonly<Record<number, FailureAction>> = {
  401: 'stop',
  403: 'stop',
  404: 'stop',
};

/** Recognises a text about one point. */
export function kindOfPointFailure(text: string, projectId: string): FailureKind {
  return (
    knownKind(POINT_TEXTS, text, projectId) ?? {
      name: 'unknown',
      action: UNCLEAR.test(text) ? 'unclear' : 'drop',
      advice: `it says: ${shown(text)}`,
    }
  );
}

/** Recognises the refusal of a whole request. */
export function kindOfRefusal(status: number, text: string, projectId: string): FailureKind {
  const known = knownKind([...REQUEST_TEXTS, ...POINT_TEXTS], text, projectId);
  if (known) {
    return known;
  }
  const action = ACTION_BY_STATUS[status] ?? 'retry';
  const isElsewhere = status < 400 || status === 404;
  const hint = isElsewhere ? ' Check the options endpoint and projectId.' : '';
  return {
    name: `status ${status}`,
    action,
    advice: `it answered ${status}: ${shown(text)}${hint}`,
  };
}

function knownKind(
  texts: readonly KnownText[],
  text: string,
  projectId: string,
): FailureKind | undefined {
  const ends = endsOf(text);
  const known = texts.find(({ pattern }) => pattern.test(ends));
  return (
    known && {
      name: known.pattern.source,
      action: known.action,
      advice: known.advice.replaceAll('{project}', projectId),
    }
  );
}

function endsOf(text: string): string {
  return text.length <= 2 * LONGEST_END
    ? text
    : `${text.slice(0, LONGEST_END)}…${text.slice(-LONGEST_END)}`;
}

function shown(text: string): string {
  const line = endsOf(text).replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_SHOWN ? line || 'nothing' : `${line.slice(0, LONGEST_SHOWN)}…`;
}
