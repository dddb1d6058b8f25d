import { readdirSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';
import { statusPage } from './status-page-plugin.js';

const LIB = fileURLToPath(new URL('lib', import.meta.url));
/** Of these the main entry point loads nothing, or only what it uses, and when. */
const LOADED_LATER =
  /^(entry|testing|monitors.(cloud-monitoring|opentelemetry|prodx)|status.page.bundled-page)\b/;
const ENTRY_POINTS = readdirSync(`${LIB}/entry`).map(name => basename(name, '.ts'));

/**
 * Writes the code of the package: few files, since Node takes far longer to find two hundred than to run them. The
 * build has two steps because only TypeScript, which `nest build` runs before, checks types and writes declarations.
 */
export default defineConfig({
  cwd: LIB,
  input: Object.fromEntries(ENTRY_POINTS.map(name => [`entry/${name}`, `entry/${name}.ts`])),
  platform: 'node',
  tsconfig: '../tsconfig.build.json',
  // Packages, but for the helpers of the compiler, which it brings itself.
  external: /^(?!@oxc-project\/)[a-z@]/,
  plugins: [statusPage()],
  output: {
    dir: '../dist',
    // What every application loads is in one file. What it may load later, and what only one entry point has, is not.
    codeSplitting: {
      groups: [{ name: 'nestjs-tsmon', test: path => !LOADED_LATER.test(relative(LIB, path)) }],
    },
    chunkFileNames: '[name].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});
