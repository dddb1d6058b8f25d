import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type OutputOptions, type Plugin } from 'rolldown';
import { statusPage } from './status-page-plugin.js';

const LIB = fileURLToPath(new URL('lib', import.meta.url));
const DIST = fileURLToPath(new URL('dist', import.meta.url));
/** A folder of its own, whose package.json says that `.js` and `.d.ts` are CommonJS there. */
const COMMONJS = join(DIST, 'cjs');
/** The schematic of `nest add`. The engine of schematics requires CommonJS, and no application loads it. */
const SCHEMATIC = join(DIST, 'cli/nest-add');
/** Of these the main entry point loads nothing, or only what it uses, and when. */
const LOADED_LATER =
  /^(cli|entry|testing|monitors.(cloud-monitoring|opentelemetry|prodx)|sources.opentelemetry|status.page.bundled-page)\b/;
const ENTRY_POINTS = readdirSync(`${LIB}/entry`).map(name => basename(name, '.ts'));

const ENTRY_INPUT = Object.fromEntries(
  ENTRY_POINTS.map(name => [`entry/${name}`, `entry/${name}.ts`]),
);

const INPUT = {
  cwd: LIB,
  platform: 'node' as const,
  tsconfig: '../tsconfig.build.json',
  // Packages, but for the helpers of the compiler, which it brings itself.
  external: /^(?!@oxc-project\/)[a-z@]/,
};

const OUTPUT = {
  // What every application loads is in one file. What it may load later, and what only one entry point has, is not.
  codeSplitting: {
    groups: [
      { name: 'nestjs-tsmon', test: (path: string) => !LOADED_LATER.test(relative(LIB, path)) },
      // A monitor stays in one file, though the command asks it for the names of metrics.
      ...['cloud-monitoring', 'opentelemetry'].map(name => ({
        name: `${name}-monitor`,
        test: (path: string) => relative(LIB, path).startsWith(join('monitors', name) + sep),
      })),
    ],
  },
  chunkFileNames: ({ moduleIds }) => (moduleIds.some(isOfCli) ? 'cli/[name].js' : '[name].js'),
  sourcemap: true,
  sourcemapExcludeSources: true,
} satisfies OutputOptions;

/**
 * Writes the code of the package as ES modules and as CommonJS: few files, since Node takes far longer to find two
 * hundred than to run them. `nest build` runs before, because only TypeScript checks types and writes declarations.
 */
export default defineConfig([
  {
    ...INPUT,
    // The command needs no second format: it is a process of its own.
    input: { ...ENTRY_INPUT, 'cli/main': 'cli/main.ts' },
    plugins: [statusPage()],
    output: { ...OUTPUT, dir: DIST },
  },
  {
    ...INPUT,
    input: ENTRY_INPUT,
    plugins: [statusPage(), commonJsFolder()],
    output: {
      ...OUTPUT,
      dir: COMMONJS,
      format: 'cjs',
      // Jest cannot import() in CommonJS. The require() of Node loads ES modules, too.
      dynamicImportInCjs: false,
    },
  },
  {
    ...INPUT,
    input: { 'nest-add': 'cli/nest-add/nest-add.ts' },
    plugins: [besideSchematic()],
    output: { dir: SCHEMATIC, format: 'cjs', entryFileNames: '[name].cjs' },
  },
]);

function isOfCli(path: string): boolean {
  return relative(LIB, path).startsWith(`cli${sep}`);
}

/** Copies the files that tell the Nest CLI about the schematic. */
function besideSchematic(): Plugin {
  return {
    name: 'beside-schematic',
    writeBundle() {
      for (const name of ['collection.json', 'schema.json']) {
        cpSync(join(LIB, 'cli/nest-add', name), join(SCHEMATIC, name));
      }
    },
  };
}

/** These have no code in the folder. */
const NOT_COMMONJS = /^(cjs|cli)\b/;

/** Marks the folder as CommonJS, and copies the declarations into it, so that TypeScript knows what `require` gives. */
function commonJsFolder(): Plugin {
  return {
    name: 'commonjs-folder',
    writeBundle() {
      for (const path of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
        if (path.endsWith('.d.ts') && !NOT_COMMONJS.test(path)) {
          cpSync(join(DIST, path), join(COMMONJS, path));
        }
      }
      writeFileSync(join(COMMONJS, 'package.json'), '{ "type": "commonjs" }\n');
    },
  };
}
