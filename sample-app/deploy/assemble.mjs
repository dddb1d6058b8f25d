/**
 * Puts the built sample app into a folder of its own, ready to be uploaded:
 *
 *     node sample-app/deploy/assemble.mjs app-engine ../shop
 *     node sample-app/deploy/assemble.mjs cloud-run ../shop
 *
 * In the repository the app imports the repository itself, and its packages are development dependencies, which no platform
 * installs. In the folder they are normal dependencies. Names such as ${PROJECT_ID} in YAML files are replaced by the values
 * of environment variables.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const BUILT = ['dist/entry/index.js', 'dist-sample/main.js'];
const PACKAGE = 'nestjs-tsmon.tgz';

try {
  const [platform = '', folder = ''] = process.argv.slice(2);
  assemble(platform, folder);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function assemble(platform, folder) {
  if (!['app-engine', 'cloud-run'].includes(platform) || folder === '') {
    throw new Error('Usage: node sample-app/deploy/assemble.mjs app-engine|cloud-run <folder>');
  }
  checkBuilt();
  // Reads all files before anything is written: a variable may be missing.
  const files = filesFor(platform);
  const target = resolve(folder);
  checkIsOurs(target);
  mkdirSync(target, { recursive: true });
  files.forEach(([name, text]) => writeFileSync(join(target, name), text));
  rmSync(join(target, 'dist'), { recursive: true, force: true });
  cpSync(join(REPOSITORY, 'dist-sample'), join(target, 'dist'), { recursive: true });
  packLibrary(target);
  lockPackages(target);
  process.stdout.write(`${target} is ready for ${platform}.\n`);
}

function checkBuilt() {
  const missing = BUILT.filter(file => !existsSync(join(REPOSITORY, file)));
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(' and ')} is missing. Run: npm run build && npx nest build sample-app`,
    );
  }
}

/** Checks that the folder is empty or was made by this script: its files are overwritten. */
function checkIsOurs(target) {
  if (existsSync(target) && readdirSync(target).length > 0 && !existsSync(join(target, PACKAGE))) {
    throw new Error(`${target} has something else in it. Name a folder that is new or empty.`);
  }
}

/** Returns the names and texts of the files. */
function filesFor(platform) {
  const folder = join(HERE, platform);
  const paths = [
    join(HERE, 'package.json'),
    ...readdirSync(folder).map(name => join(folder, name)),
  ];
  return paths.map(path => [basename(path), filledIn(path)]);
}

function filledIn(path) {
  const text = readFileSync(path, 'utf8');
  return path.endsWith('.yaml') ? text.replace(/\$\{(\w+)\}/g, (_, name) => variable(name)) : text;
}

function variable(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(
      `The environment variable ${name} is missing: sample-app/deploy/README.md says what it is.`,
    );
  }
  return value;
}

function packLibrary(target) {
  const output = npm(REPOSITORY, 'pack', '--json', '--pack-destination', target);
  const [{ filename }] = JSON.parse(output);
  renameSync(join(target, filename), join(target, PACKAGE));
}

/** Writes a lock file, so that the platforms install the same versions as here, and nothing that was published since. */
function lockPackages(target) {
  rmSync(join(target, 'package-lock.json'), { force: true });
  npm(target, 'install', '--package-lock-only', '--no-audit', '--no-fund');
}

function npm(cwd, ...args) {
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
