// What proof.mjs and readme.mjs have in common: applications as `nest new` makes them, and a registry that has the package as
// it would be published. Needs dist and npm's registry.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pack, print, run, scratch } from './commands.mjs';

const REGISTRY = fileURLToPath(new URL('registry.mjs', import.meta.url));
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];
export const LONGEST_SEC = 600;

/** Has only what every program needs: else Google Cloud may be found in it. */
export const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  npm_config_registry: await registryWith(pack()),
};

/** Runs an async function, prints whether it passed, and makes this process end with 1 if not. */
export async function proof(title, prove) {
  print(title);
  const startedAt = Date.now();
  try {
    await prove();
  } catch (error) {
    process.exitCode = 1;
    print(`  FAILED  ${error.message}`);
  }
  print(`  ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

export function step(title, check) {
  check();
  passed(title);
}

export function passed(title) {
  print(`  passed  ${title}`);
}

/** @returns the folder of an application that `nest new` of this major version has made, installed. */
export function newApp(major, manager = 'npm') {
  const folder = mkdtempSync(join(scratch, `nest-${major}-`));
  const args = [
    '-y',
    `@nestjs/cli@${major}`,
    'new',
    'shop',
    '--skip-git',
    '--package-manager',
    manager,
  ];
  run('npx', args, { cwd: folder, env, longestSec: LONGEST_SEC });
  return join(folder, 'shop');
}

export function npm(cwd, command, ...args) {
  run('npm', [command, ...QUIET, ...args], { cwd, env, longestSec: LONGEST_SEC });
}

export function contains(text, part) {
  if (!text.includes(part)) {
    throw new Error(`"${part}" is missing in:\n${text}`);
  }
}

/** @returns the address of a registry that has the package. It ends with this process. */
async function registryWith(tarball) {
  const real = run('npm', ['config', 'get', 'registry'], {}).trim();
  const registry = spawn(process.execPath, [REGISTRY, tarball, real], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: registry.stdout })) {
    return line;
  }
  throw new Error('The registry has not started.');
}
