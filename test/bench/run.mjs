// Builds the benchmarks, and the package where a source is newer, and runs them: `npm run bench -- --short counter`.
import { execSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

process.chdir(ROOT);
if (isOutdated('dist/nestjs-tsmon.js', 'lib')) {
  run('npm run build');
}
run('npx rolldown --config rolldown.bench.config.ts --log-level silent');
await import('../../dist-bench/test/bench/main.js');

function isOutdated(built, sources) {
  const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(sources, { recursive: true }).some(
    path => statSync(`${sources}/${path}`).mtimeMs > builtAt,
  );
}

/** What it prints goes to stderr: stdout has the tables alone. */
function run(command) {
  execSync(command, { stdio: ['ignore', 2, 2] });
}
