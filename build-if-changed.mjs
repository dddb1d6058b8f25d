// Builds the library, unless it was built after the last change of what it is built from.
import { execSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
/** A file of the ES modules, and one of CommonJS. A build that was stopped lacks one of them. */
const BUILT = ['dist/nestjs-tsmon.js', 'dist/cjs/package.json'];
/** The configuration of the build, and the versions of the packages that it uses. */
const SETTINGS = [
  'package.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'rolldown.config.ts',
  'status-page-plugin.ts',
  'node_modules/.package-lock.json',
];

// A folder changes when a file in it is added or removed.
const sources = readdirSync(join(ROOT, 'lib'), { recursive: true }).map(path => join('lib', path));
const builtAt = Math.min(...BUILT.map(changedAt));
if (['lib', ...sources, ...SETTINGS].some(path => changedAt(path) >= builtAt)) {
  // What the build prints goes to stderr, so that stdout has what the caller prints alone.
  execSync('npm run build', { cwd: ROOT, stdio: ['ignore', 2, 2] });
}

/** Returns 0 for a file that is not there. */
function changedAt(path) {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
