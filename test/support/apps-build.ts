import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the package and the sample app, for the tests that run what was built. */
export default function setup(): void {
  run('npm', 'run', 'build');
  run('npx', 'nest', 'build', 'sample-app');
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}
