import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineConfig, type Plugin } from 'rolldown';
import { statusPage } from './status-page-plugin.js';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
/** Starts emulators, and is looked for beside the module that does so. */
const SCRIPT = 'test/support/emulators-with-parent.sh';

/**
 * Writes the benchmarks with each module where it is in the sources, and the library in one file, as it is shipped: an
 * engine knows more of a constant of the same module than of one that is imported.
 */
export default defineConfig({
  cwd: ROOT,
  input: Object.fromEntries(modules().map(path => [path.replace(/\.ts$/, ''), path])),
  platform: 'node',
  tsconfig: 'tsconfig.json',
  external: /^(?!@oxc-project\/)[a-z@]/,
  plugins: [statusPage(), emulatorScript(), ownAddress()],
  output: {
    dir: 'dist-bench',
    // The command line runs when it is imported, so it stays out of the file that all benchmarks import.
    codeSplitting: {
      groups: [{ name: 'nestjs-tsmon', test: /[\\/]lib[\\/](?!.*bundled-page|cli[\\/])/ }],
    },
    chunkFileNames: '[name].js',
  },
});

function modules(): string[] {
  return ['lib', 'test/bench', 'test/support'].flatMap(folder =>
    readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
      .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter(path => /(?<!\.d|\.spec)\.ts$/.test(path) && !path.startsWith('test/support/soak')),
  );
}

function emulatorScript(): Plugin {
  return {
    name: 'emulator-script',
    buildStart() {
      this.emitFile({ type: 'asset', fileName: SCRIPT, source: readFileSync(ROOT + SCRIPT) });
    },
  };
}

/** Gives each module the address that it has as an entry: rolldown may put its code into another file. */
function ownAddress(): Plugin {
  return {
    name: 'own-address',
    transform(code, id) {
      const url = pathToFileURL(`${ROOT}dist-bench/${relative(ROOT, id)}`).href;
      return code.replaceAll('import.meta.url', JSON.stringify(url));
    },
  };
}
