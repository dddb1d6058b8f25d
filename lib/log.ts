import { Logger } from '@nestjs/common';

const LONGEST_TEXT = 1000;
const CONTROL_CHARACTERS = /[\p{Cc}\u2028\u2029]/gu;

const logger = new Logger('Tsmon');

/**
 * The log of this library: Nest's logger, under the context `Tsmon`. Logging never throws, whatever the logger of the
 * application does: a line that is lost must not take a request or a flush with it.
 */
export const log = {
  /** Logs what is as it should be. */
  info: (message: string): void => {
    attempt(() => logger.log(message));
  },
  /** Logs what is wrong, and may pass. */
  warn: (message: string): void => {
    attempt(() => logger.warn(message));
  },
  /** Logs what a person must mend. `detail` is what was thrown, if anything was; one that cannot be shown is left out. */
  error: (message: string, ...detail: [unknown?]): void => {
    if (!attempt(() => logger.error(message, ...detail))) {
      attempt(() => logger.error(message));
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

/** The text with control characters escaped, so that a text from outside forges no line of the log; long texts are cut. */
export function printable(text: string): string {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return cut.replace(CONTROL_CHARACTERS, escaped);
}

function escaped(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Returns false where it failed: there is no other place to report that. */
function attempt(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}
