import { readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Texts of files by their paths in lib/. Files elsewhere have paths that begin with `../`. */
export type Sources = Readonly<Record<string, string>>;

/** The files of lib/. */
export function sourcesOfLib(): Sources {
  return sourcesIn('');
}

/** The files of test/, which use what lib/ exports. */
export function sourcesOfTests(): Sources {
  return sourcesIn('../test/');
}

/** The path of the file that a relative import names. */
export function resolved(from: string, specifier: string): string {
  const path = posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
  return path.replace(/^(\.\.\/)+lib\//, '');
}

/** @param folder its path as seen from lib/. */
function sourcesIn(folder: string): Sources {
  const root = fileURLToPath(new URL(`../../lib/${folder}`, import.meta.url));
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map(path => path.replaceAll('\\', '/'))
    .filter(path => /(?<!\.d)\.ts$/.test(path));
  return Object.fromEntries(
    paths.map(path => [`${folder}${path}`, readFileSync(root + path, 'utf8')]),
  );
}
