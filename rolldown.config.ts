import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'rolldown';

const DIST = fileURLToPath(new URL('dist', import.meta.url));
const DECLARATION = /\.d\.ts$/;

/**
 * Puts the modules that the compiler left in dist into few files, since Node takes far longer to find two
 * hundred files than to run what is in them. Declarations stay as they are.
 */
export default defineConfig({
  cwd: DIST,
  input: {
    'entry/index': 'entry/index.js',
    'entry/testing': 'entry/testing.js',
    // Finds the files of the page beside its own.
    'status/page/status-page': 'status/page/status-page.js',
  },
  platform: 'node',
  external: /^[^./]/,
  plugins: [compilerOutput()],
  output: {
    dir: '.',
    // What the entries have in common, so that each class exists once.
    chunkFileNames: 'nestjs-tsmon.js',
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
});

/** Maps lines to the sources, not to what the compiler made of them, and takes that away once it is in the bundle. */
function compilerOutput(): Plugin {
  return {
    name: 'compiler-output',
    load: id => ({
      code: readFileSync(id, 'utf8'),
      map: readFileSync(`${id}.map`, 'utf8'),
    }),
    generateBundle: () => {
      for (const module of compiledModules()) {
        rmSync(module);
        rmSync(`${module}.map`);
      }
    },
  };
}

/** Those with a declaration; the scripts of the status page have none. */
function compiledModules(): string[] {
  return readdirSync(DIST, { recursive: true, encoding: 'utf8' })
    .filter(path => DECLARATION.test(path))
    .map(path => join(DIST, path.replace(DECLARATION, '.js')));
}
