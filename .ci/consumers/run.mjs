// Installs the package, as it would be published, in small applications on several versions of Nest, Node and
// TypeScript, checks their types, and runs them. Needs dist. Prints a line for each.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack, print, ROOT, run, scratch } from './commands.mjs';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const { devDependencies: ours } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const NODE_20 = '20.20.2';
const NODE_24 = '24.21.0';
const TYPESCRIPT_5 = '5.9.3';
const TYPESCRIPT_6 = '6.0.3';

const EVERYWHERE = pinned('@google-cloud/datastore', '@types/node', 'reflect-metadata', 'rxjs');
const NEST_12 = pinned('@nestjs/common', '@nestjs/core', '@nestjs/schedule');
const NEST_11 = {
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/schedule': '6.1.3',
};
const EXPRESS_TYPES = { '@types/express': '5.0.6' };
const CONFIG = { '@nestjs/config': '12.0.1' };
const JEST = { 'ts-jest': '29.4.15', '@types/jest': '30.0.0' };

const CONSUMERS = [
  {
    node: NODE_20,
    typescript: TYPESCRIPT_6,
    modules: 'esm',
    packages: { ...NEST_12, ...pinned('@nestjs/platform-express'), ...EXPRESS_TYPES, ...CONFIG },
    parts: ['express', 'for-root-async'],
  },
  {
    node: NODE_24,
    typescript: TYPESCRIPT_6,
    modules: 'cjs',
    packages: { ...NEST_12, ...pinned('@nestjs/platform-express'), ...EXPRESS_TYPES },
    parts: ['express', 'for-root'],
  },
  {
    node: NODE_20,
    typescript: TYPESCRIPT_5,
    modules: 'cjs-node10',
    packages: { ...NEST_11, '@nestjs/platform-express': '11.2.10', ...EXPRESS_TYPES },
    parts: ['express', 'for-root'],
  },
  {
    node: NODE_20,
    typescript: TYPESCRIPT_5,
    modules: 'esm',
    packages: { ...NEST_11, '@nestjs/platform-fastify': '11.2.8' },
    parts: ['fastify', 'for-root'],
  },
  ...['29.7.0', '30.5.2'].map(jest => ({
    node: NODE_20,
    typescript: TYPESCRIPT_5,
    modules: 'cjs',
    packages: {
      ...NEST_11,
      ...JEST,
      jest,
      '@nestjs/platform-express': '11.2.10',
      '@nestjs/testing': '11.2.6',
      ...EXPRESS_TYPES,
    },
    parts: ['express', 'for-root', 'jest'],
  })),
];

/** How an application is compiled: as `nest new` of 12 and of 11 sets it up, and as older ones are, which know no `exports`. */
const MODULES = {
  esm: { type: 'module', module: 'nodenext', moduleResolution: 'nodenext' },
  cjs: { type: 'commonjs', module: 'nodenext', moduleResolution: 'nodenext' },
  'cjs-node10': { type: 'commonjs', module: 'commonjs', moduleResolution: 'node10' },
};

/** What `nest new` of Nest 11 writes into package.json, but for the two places of tests. */
const JEST_CONFIG = {
  moduleFileExtensions: ['js', 'json', 'ts'],
  rootDir: 'src',
  testRegex: String.raw`.*[.-]spec\.ts$`,
  transform: { [String.raw`^.+\.(t|j)s$`]: 'ts-jest' },
  testEnvironment: 'node',
};

const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
const LONGEST_SEC = { install: 300, compile: 120, run: 60, test: 120 };

const tarball = pack();
for (const consumer of CONSUMERS) {
  const startedAt = Date.now();
  const folder = mkdtempSync(join(scratch, 'consumer-'));
  try {
    tryOut(consumer, folder);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    print(`passed  ${titleOf(consumer)} (${seconds} s)`);
  } catch (error) {
    process.exitCode = 1;
    print(`FAILED  ${titleOf(consumer)}\n${error.message}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tryOut(consumer, folder) {
  write(consumer, folder);
  const packages = { ...EVERYWHERE, ...consumer.packages, typescript: consumer.typescript };
  const names = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const { package: nodePackage, node } = nodeOf(consumer, folder);
  run('npm', [...INSTALL, '--save-exact', '--loglevel=error', tarball, ...names, ...nodePackage], {
    cwd: folder,
    longestSec: LONGEST_SEC.install,
  });
  const tsc = join(folder, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [tsc, '-p', folder], { cwd: folder, longestSec: LONGEST_SEC.compile });
  // Of the environment only what every program needs: else Google Cloud may be found in it.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME };
  run(node, ['dist/main.js'], { cwd: folder, longestSec: LONGEST_SEC.run, env });
  if (packages.jest) {
    const jest = join(folder, 'node_modules/jest/bin/jest.js');
    run(node, [jest, '--ci'], { cwd: folder, longestSec: LONGEST_SEC.test, env });
  }
}

function write({ modules, parts, packages }, folder) {
  for (const part of ['app', ...parts]) {
    cpSync(join(SOURCES, part), join(folder, 'src'), { recursive: true });
  }
  if (packages.jest) {
    dropExtensions(join(folder, 'src'));
  }
  const { type, ...compilerOptions } = MODULES[modules];
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type, ...(packages.jest ? { jest: JEST_CONFIG } : {}) }),
  );
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...compilerOptions,
        target: 'ES2023',
        lib: ['ES2023'],
        types: packages.jest ? ['node', 'jest'] : ['node'],
        isolatedModules: true,
        strict: true,
        esModuleInterop: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        rootDir: 'src',
        outDir: 'dist',
      },
      include: ['src'],
    }),
  );
}

/** Jest looks for the file that an import names: applications that it tests import without `.js`. */
function dropExtensions(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.\/.+)\.js'/g, "$1'"));
  }
}

/** The Node that runs this where it has that major version, else the one that npm has. */
function nodeOf({ node }, folder) {
  if (process.version.startsWith(`v${majorOf(node)}.`)) {
    return { package: [], node: process.execPath };
  }
  const name = `node-${process.platform}-${process.arch}`;
  return {
    package: [`${name}@${node}`],
    node: join(folder, 'node_modules', name, 'bin/node'),
  };
}

function titleOf({ node, typescript, modules, packages, parts }) {
  const config = packages['@nestjs/config'];
  return [
    `Nest ${packages['@nestjs/core']}`,
    `Node ${majorOf(node)}`,
    modules,
    `TypeScript ${typescript}`,
    ...parts,
    ...(packages.jest ? [`Jest ${packages.jest}`] : []),
    ...(config ? [`@nestjs/config ${config}`] : []),
  ].join(', ');
}

function majorOf(version) {
  return version.split('.', 1)[0];
}

/** The versions that the package itself is developed with. */
function pinned(...names) {
  return Object.fromEntries(names.map(name => [name, ours[name]]));
}
