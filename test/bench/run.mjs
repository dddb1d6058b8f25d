// Builds the benchmarks, and the package where a source is newer, and runs them: `npm run bench -- --short counter`.
import { execSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

process.chdir(ROOT);
await import('../../build-if-changed.mjs');
run('npx rolldown --config rolldown.bench.config.ts --log-level silent');
await import('../../dist-bench/test/bench/main.js');

/** What it prints goes to stderr: stdout has the tables alone. */
function run(command) {
  execSync(command, { stdio: ['ignore', 2, 2] });
}
