import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a Dockerfile makes, in a folder in place of an image. */
export interface DryImage {
  /** Where the command runs. */
  readonly workdir: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  /** What the image is based on. */
  readonly base: string;
}

interface Stage extends DryImage {
  readonly name: string;
  readonly root: string;
}

/**
 * Builds without Docker: each stage is a folder, and what it runs runs here. It knows the few instructions that
 * are needed, and refuses all others.
 *
 * @param context the folder to build, with a Dockerfile and a .dockerignore that says what goes in.
 * @param folder an empty one, for the stages.
 */
export function dryBuild(context: string, folder: string): DryImage {
  const sources = join(folder, 'context');
  copyAllowed(context, '.dockerignore', sources);
  const stages: Stage[] = [];
  for (const [instruction, rest] of instructionsOf(join(context, 'Dockerfile'))) {
    if (instruction === 'FROM') {
      stages.push(firstStep(rest, folder, stages));
    } else {
      const stage = stages.pop();
      if (!stage) {
        throw new Error(`${instruction} comes before FROM.`);
      }
      stages.push({ ...stage, ...step(stage, instruction, rest, sources, stages) });
    }
  }
  const last = stages.at(-1);
  if (!last || last.command.length === 0) {
    throw new Error('The Dockerfile has no CMD.');
  }
  return last;
}

/** Copies what a list of exceptions lets through: `*`, or `/*`, and then `!name` for each. */
export function copyAllowed(from: string, ignoreFile: string, to: string): void {
  const [first, ...others] = linesOf(readFileSync(join(from, ignoreFile), 'utf8'));
  if (first !== '*' && first !== '/*') {
    throw new Error(`${ignoreFile} must begin by leaving out everything, not with ${first}.`);
  }
  const allowed = new Set(others.map(line => /^!\/?([\w.-]+)\/?$/.exec(line)?.[1]));
  if (allowed.has(undefined)) {
    throw new Error(`${ignoreFile} has a line that is no exception of one name.`);
  }
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter(file => allowed.has(file))) {
    cpSync(join(from, name), join(to, name), { recursive: true });
  }
}

function instructionsOf(dockerfile: string): [instruction: string, rest: string][] {
  const text = readFileSync(dockerfile, 'utf8').replaceAll(/\\\n/g, ' ');
  return linesOf(text).map(line => {
    const [instruction = '', ...words] = line.split(/\s+/);
    return [instruction, words.join(' ')];
  });
}

/** Returns the lines that are neither comments nor empty. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
}

function firstStep(rest: string, folder: string, stages: readonly Stage[]): Stage {
  const [, base = '', name = ''] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
  const root = join(folder, `stage-${stages.length}`);
  mkdirSync(root);
  return { name, root, base, workdir: root, command: [], env: {}, user: 'root' };
}

function step(
  stage: Stage,
  instruction: string,
  rest: string,
  context: string,
  former: readonly Stage[],
): Partial<Stage> {
  switch (instruction) {
    case 'WORKDIR': {
      const workdir = inside(stage, rest);
      mkdirSync(workdir, { recursive: true });
      return { workdir };
    }
    case 'ENV':
      return { env: { ...stage.env, ...Object.fromEntries([splitOnce(rest, '=')]) } };
    case 'COPY':
      copy(stage, rest, context, former);
      return {};
    case 'RUN': {
      const { PATH = '', HOME = '' } = process.env;
      const options = { cwd: stage.workdir, env: { PATH, HOME, ...stage.env } };
      execFileSync('sh', ['-c', rest], { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
      return {};
    }
    case 'USER':
      return { user: rest };
    case 'CMD':
      return { command: JSON.parse(rest) as string[] };
    default:
      throw new Error(`The dry build does not know ${instruction}.`);
  }
}

function copy(stage: Stage, rest: string, context: string, former: readonly Stage[]): void {
  const words = rest.split(' ');
  const target = words.pop() ?? '';
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const other = former.find(({ name }) => name === from);
  if (from !== undefined && !other) {
    throw new Error(`No stage before is called ${from}.`);
  }
  const intoFolder = target.endsWith('/');
  if (words.length > 1 && !intoFolder) {
    throw new Error(`What several files are copied to must end in "/": ${target}`);
  }
  for (const word of words) {
    const source = other ? inside(other, word) : join(context, word);
    if (!existsSync(source)) {
      throw new Error(`There is no ${word} to copy.`);
    }
    // Docker copies the contents of a folder, not the folder itself.
    const toFolder = intoFolder && !statSync(source).isDirectory();
    const path = inside(stage, target);
    cpSync(source, toFolder ? join(path, basename(source)) : path, { recursive: true });
  }
}

function inside({ root, workdir }: Stage, path: string): string {
  return path.startsWith('/') ? join(root, path) : join(workdir, path);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
