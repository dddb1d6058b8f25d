// What run.mjs and proof.mjs have in common: programs with a time limit, and the package as it would be published.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A folder that is removed at the end. */
export const scratch = mkdtempSync(join(tmpdir(), 'nestjs-tsmon-consumers-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit(1));
}

/** @returns the path of the package as a tarball. Needs dist. */
export function pack() {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', scratch];
  const [{ filename }] = JSON.parse(run('npm', args, { cwd: ROOT }));
  return join(scratch, filename);
}

/** @returns what the program printed; throws, with all of it, unless it ends in time and with 0. */
export function run(program, args, { cwd, env = process.env, longestSec }) {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: longestSec && longestSec * 1000,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) {
    const how = error?.message ?? `ended with ${status ?? signal}`;
    throw new Error(`${program} ${args.join(' ')}: ${how}\n${stdout}${stderr}`);
  }
  return stdout;
}

export function print(line) {
  process.stdout.write(`${line}\n`);
}
