import type { ParseArgsConfig } from 'node:util';

/** The values of the options that were given. An option that was not given is absent. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** What a command tells the shell. */
export const EXIT_CODES = {
  /** All is well. */
  ok: 0,
  /** The command ran, and what it looked at is not well. */
  failed: 1,
  /** The command was called in a wrong way, and did nothing. */
  misused: 2,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** A command of `nestjs-tsmon`. */
export interface Command {
  /** The help page, without a line break at its end. */
  readonly help: string;
  /** The options, as `parseArgs` of `node:util` takes them. `--help` is added to them. Every value is given once. */
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /**
   * Runs the command.
   *
   * @param print writes one or more lines to the standard output.
   * @throws UsageError when a value of an option cannot be used. Any other error is a bug.
   */
  run(values: OptionValues, print: (text: string) => void): Promise<ExitCode>;
}

/** The command line cannot be understood. The message says what is wanted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
