import { Logger } from '@nestjs/common';

const LONGEST_TEXT = 1000;
const CONTROL_CHARACTERS = /[\p{Cc}\u2028\u2029]/gu;

const logger = new Logger('Tsmon');

/** How many errors of a chain of causes are shown, where their texts had to be escaped. */
const MOST_CAUSES = 5;

/**
 * The log of this library: Nest's logger, under the context `Tsmon`. Logging never throws, whatever the logger of the
 * application does: a line that is lost must not take a request or a flush with it. Control characters are escaped, so
 * that a text from outside, such as the reply of a backend, forges no line.
 */
export const log = {
  /** Logs a normal event. */
  info: (message: string): void => {
    attempt(() => logger.log(escaped(message)));
  },
  /** Logs a text of several lines. The caller has escaped whatever it contains from outside. */
  lines: (text: string): void => {
    attempt(() => logger.log(text.split('\n').map(escaped).join('\n')));
  },
  /** Logs a fault that may pass by itself. */
  warn: (message: string): void => {
    attempt(() => logger.warn(escaped(message)));
  },
  /** Logs a fault that a person must mend. `detail` is the thrown value, if there is one; it is left out where it cannot be shown. */
  error: (message: string, ...detail: [unknown?]): void => {
    const isWritten = attempt(() => logger.error(escaped(message), ...detail.map(printableDetail)));
    if (!isWritten) {
      attempt(() => logger.error(escaped(message)));
    }
  },
};

/**
 * The text of a thrown value, fit for the log: of at most 1000 characters, with control characters escaped. Never
 * throws: values that cannot be turned into a string, such as a revoked proxy, have a text too.
 */
export function errorText(thrown: unknown): string {
  try {
    return printable(String(thrown));
  } catch {
    return `a thrown ${typeof thrown} that has no text`;
  }
}

/** The message of an `Error`, without the name of its class; the text of any other thrown value. Never throws. */
export function errorMessage(thrown: unknown): string {
  try {
    return thrown instanceof Error ? printable(String(thrown.message)) : errorText(thrown);
  } catch {
    return errorText(thrown);
  }
}

/**
 * The name of the class of an object, for messages. An object without a prototype, such as the namespace of a module
 * (`import * as monitor`), has no class and is an `Object`, as is an object of a class without a name.
 */
export function classNameOf(value: object): string {
  const name: unknown = (value as { readonly constructor?: { readonly name?: unknown } })
    .constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'Object';
}

/** The text with control characters escaped, so that a text from outside forges no line of the log; long texts are cut. */
export function printable(text: string): string {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return escaped(cut);
}

/** What was thrown, as it is, unless its texts hold control characters: then a copy with the texts escaped. */
function printableDetail(detail: unknown): unknown {
  if (typeof detail === 'string') {
    return escaped(detail);
  }
  return hasHostileText(detail, MOST_CAUSES)
    ? printableError(detail as Error, MOST_CAUSES)
    : detail;
}

function hasHostileText(thrown: unknown, mostCauses: number): boolean {
  return (
    thrown instanceof Error &&
    mostCauses > 0 &&
    (thrown.message !== escaped(thrown.message) || hasHostileText(thrown.cause, mostCauses - 1))
  );
}

function printableError(error: Error, mostCauses: number): Error {
  const copy = new Error(escaped(error.message));
  // Keeps the class, whose name loggers show.
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  copy.name = escaped(error.name);
  copy.stack = [String(copy), ...framesOf(error)].join('\n');
  if (error.cause instanceof Error && mostCauses > 1) {
    copy.cause = printableError(error.cause, mostCauses - 1);
  }
  return copy;
}

/** The frames of the stack. The message comes before them, and may contain lines that look like frames. */
function framesOf({ message, stack = '' }: Error): string[] {
  const start = stack.indexOf(message);
  const behind = start < 0 ? '' : stack.slice(start + message.length);
  return behind.split('\n').slice(1).map(escaped);
}

function escaped(text: string): string {
  return text.replace(CONTROL_CHARACTERS, escapeOf);
}

function escapeOf(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Returns false where the logger threw: there is no other place to report that. */
function attempt(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}
