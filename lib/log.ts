import { Logger } from '@nestjs/common';

const MAX_LENGTH = 1000;
const CONTROL_CHARACTERS = /[\p{Cc}\u2028\u2029]/gu;

const logger = new Logger('Tsmon');

/** The number of errors in a chain of causes that are checked and escaped. */
const MAX_CAUSES = 5;

/**
 * The log of this library: Nest's logger with the context `Tsmon`. Logging never throws, even if the application's logger
 * does: a lost line must not fail a request or a flush. Control characters are escaped, so that a text from outside, such as
 * the reply of a backend, cannot forge a line.
 */
export const log = {
  /** Logs a normal event. */
  info: (message: string): void => {
    attempt(() => logger.log(escaped(message)));
  },
  /** Logs a text of several lines. The caller must escape texts from outside. */
  lines: (text: string): void => {
    attempt(() => logger.log(text.split('\n').map(escaped).join('\n')));
  },
  /** Logs a fault that may go away without help. */
  warn: (message: string): void => {
    attempt(() => logger.warn(escaped(message)));
  },
  /** Logs a fault that a person must fix. `detail` is the thrown value, if there is one. It is left out if logging it fails. */
  error: (message: string, ...detail: [unknown?]): void => {
    const isWritten = attempt(() => logger.error(escaped(message), ...detail.map(printableDetail)));
    if (!isWritten) {
      attempt(() => logger.error(escaped(message)));
    }
  },
};

/**
 * Returns the text of a thrown value for the log: at most 1000 characters, with control characters escaped. Never throws,
 * even for a value that cannot be converted to a string, such as a revoked proxy.
 */
export function errorText(thrown: unknown): string {
  try {
    return printable(String(thrown));
  } catch {
    return `a thrown ${typeof thrown} that has no text`;
  }
}

/** Returns the message of an `Error` without its class name, or the text of any other thrown value. Never throws. */
export function errorMessage(thrown: unknown): string {
  try {
    return thrown instanceof Error ? printable(String(thrown.message)) : errorText(thrown);
  } catch {
    return errorText(thrown);
  }
}

/**
 * Returns the class name of an object, for messages. It is `Object` for a class without a name, and for an object without a
 * prototype, such as the namespace of a module (`import * as monitor`).
 */
export function classNameOf(value: object): string {
  const name: unknown = (value as { readonly constructor?: { readonly name?: unknown } })
    .constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'Object';
}

/** The name of a monitor or an allocator in messages: its own `name`, or the name of its class. */
export function nameOf(backend: { readonly name?: string }): string {
  const { name } = backend;
  return typeof name === 'string' && name !== '' ? name : classNameOf(backend);
}

/** Escapes control characters, so that a text from outside cannot forge a line of the log, and cuts long texts. */
export function printable(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return escaped(cut);
}

/** Returns the thrown value itself, or an escaped copy if its texts contain control characters. */
function printableDetail(detail: unknown): unknown {
  if (typeof detail === 'string') {
    return escaped(detail);
  }
  return hasHostileText(detail, MAX_CAUSES) ? printableError(detail as Error, MAX_CAUSES) : detail;
}

function hasHostileText(thrown: unknown, maxCauses: number): boolean {
  return (
    thrown instanceof Error &&
    maxCauses > 0 &&
    (thrown.message !== escaped(thrown.message) || hasHostileText(thrown.cause, maxCauses - 1))
  );
}

function printableError(error: Error, maxCauses: number): Error {
  const copy = new Error(escaped(error.message));
  // Keeps the class, whose name loggers show.
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object);
  copy.name = escaped(error.name);
  copy.stack = [String(copy), ...framesOf(error)].join('\n');
  if (error.cause instanceof Error && maxCauses > 1) {
    copy.cause = printableError(error.cause, maxCauses - 1);
  }
  return copy;
}

/** Returns the frames of the stack. Skips the message before them: it may contain lines that look like frames. */
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

/** Returns false if the logger threw: there is no other place to report that. */
function attempt(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}
