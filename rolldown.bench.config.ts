import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const COMPILED = fileURLToPath(new URL('dist-bench/compiled/lib', import.meta.url));

/**
 * Puts the library into one file, as it is shipped: an engine knows more of a constant of the same module than of one
 * that is imported. The benchmark finds each module where it was, with nothing in it but exports.
 */
export default defineConfig({
  cwd: COMPILED,
  input: Object.fromEntries(modules().map(path => [path.replace(/\.js$/, ''), path])),
  platform: 'node',
  external: /^[^./]/,
  output: {
    dir: '../../lib',
    codeSplitting: { groups: [{ name: 'nestjs-tsmon', test: /^(?!.*status.page)/ }] },
    chunkFileNames: '[name].js',
  },
});

function modules(): string[] {
  return readdirSync(COMPILED, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.js'),
  );
}
