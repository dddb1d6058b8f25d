import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EXIT_CODES, UsageError, type Command, type ExitCode } from './command.js';

interface CommandEntry {
  readonly summary: string;
  /** Loads the command: what one command needs, such as Nest, another need not wait for. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  dashboard: {
    summary: 'print a dashboard or alerts for Cloud Monitoring or Grafana',
    load: async () => (await import('./dashboard/dashboard.js')).dashboard,
  },
  doctor: {
    summary: 'check that this project is ready for task numbers and metrics',
    load: async () => (await import('./doctor/doctor.js')).doctor,
  },
};

/** Where the command line writes. */
interface Terminal {
  /** Writes to the standard output. */
  readonly print: (text: string) => void;
  /** Writes to the standard error output. */
  readonly complain: (text: string) => void;
}

/**
 * Runs what the arguments after `nestjs-tsmon` say.
 *
 * @returns the exit code of the process.
 */
export async function runCommandLine(
  args: readonly string[],
  { print, complain }: Terminal,
): Promise<ExitCode> {
  const [first = '--help', ...rest] = args;
  if (first === '--help' || first === '-h') {
    print(help());
    return EXIT_CODES.ok;
  }
  if (first === '--version') {
    print(version());
    return EXIT_CODES.ok;
  }
  if (!Object.hasOwn(COMMANDS, first)) {
    const what = first.startsWith('-') ? 'option' : 'command';
    complain(`There is no ${what} "${first}". ${seeHelp('nestjs-tsmon')}`);
    return EXIT_CODES.misused;
  }
  const command = await COMMANDS[first]!.load();
  try {
    const { help: isHelp, ...values } = valuesOf(command, rest);
    if (isHelp === true) {
      print(command.help);
      return EXIT_CODES.ok;
    }
    return await command.run(values, print);
  } catch (error) {
    if (!(error instanceof UsageError)) {
      throw error;
    }
    complain(`${error.message} ${seeHelp(`nestjs-tsmon ${first}`)}`);
    return EXIT_CODES.misused;
  }
}

function valuesOf({ options }: Command, args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(options, args);
  } catch (error) {
    // Node's message says which argument is wrong.
    throw new UsageError(`${(error as Error).message}.`.replace(/\.\.$/, '.'));
  }
}

function parse(
  options: Command['options'],
  args: readonly string[],
): Readonly<Record<string, string | boolean | undefined>> {
  const all = { ...options, help: { type: 'boolean', short: 'h' } } as const;
  const { values } = parseArgs({ args: [...args], options: all, allowPositionals: false });
  return values as Readonly<Record<string, string | boolean | undefined>>;
}

function seeHelp(command: string): string {
  return `See: ${command} --help`;
}

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map(name => name.length));
  const commands = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return [
    'Usage: nestjs-tsmon <command> [options]',
    '',
    'Commands:',
    ...commands,
    '',
    'Options:',
    '  -h, --help  print this help; after a command, print the help of the command',
    '  --version   print the version of nestjs-tsmon',
    '',
    'Exit codes: 0 all is well, 1 something is not, 2 wrong usage.',
  ].join('\n');
}

/** Reads the version from the package: the constant in lib/version.ts would load the whole library. */
function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version: own } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return own;
}
