import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preProcessFile } from 'typescript';
import { describe, expect, it } from 'vitest';
import { SCRIPTS } from '../lib/status/page/status-page.js';
import { TestProcess } from './support/processes.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['nestjs-tsmon', 'nestjs-tsmon/testing'];
/** What all entries load: the library in one file, and the status page beside its parts. */
const SHARED = ['dist/nestjs-tsmon.js', 'dist/status/page/status-page.js'];

describe('the package', () => {
  it('holds dist, README, LICENSE and CHANGELOG, and nothing else', () => {
    const paths = packedPaths();
    expect(paths.filter(path => !path.startsWith('dist/')).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(paths).toContain('dist/entry/index.js');
    expect(paths).toContain('dist/entry/testing.d.ts');
    expect(paths.filter(path => /spec|\.tsbuildinfo$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it('holds no code but its bundle, with a map for each file, and the scripts of the status page', () => {
    const paths = packedPaths();
    const bundle = ['dist/entry/index.js', ...SHARED, 'dist/entry/testing.js'];
    const scripts = SCRIPTS.map(name => `dist/status/page/${name}`);
    expect(paths.filter(path => path.endsWith('.js')).toSorted()).toEqual(
      [...bundle, ...scripts].toSorted(),
    );
    expect(paths.filter(path => path.endsWith('.map'))).toEqual(bundle.map(path => `${path}.map`));
  });

  it('has declarations that need the types of Nest, rxjs and Node alone', () => {
    const packages = ['entry/index.d.ts', 'entry/testing.d.ts'].flatMap(entry =>
      packagesOf(join(ROOT, 'dist', entry)),
    );
    expect(packages).toContain('@nestjs/common');
    const others = packages.filter(name => !/^(@nestjs\/.+|rxjs|node:.+)$/.test(name));
    expect(others).toEqual([]);
  });

  it.each(ENTRIES)('%s is imported and required by plain Node, alike', async entry => {
    const imported = await exportsOf(`import('${entry}')`);
    expect(imported.length).toBeGreaterThan(1);
    expect(await exportsOf(`Promise.resolve(require('${entry}'))`)).toEqual(imported);
  });

  it.each([
    ['nestjs-tsmon', 'dist/entry/index.js'],
    ['nestjs-tsmon/testing', 'dist/entry/testing.js'],
  ])('%s loads few files, since each takes time to find', async (entry, file) => {
    const paths = await pathsLoadedBy(entry);
    const ours = paths.map(path => relative(ROOT, path)).filter(path => path.startsWith('dist'));
    expect(ours.toSorted()).toEqual([file, ...SHARED].toSorted());
  });

  it('has each class once: what one entry records the other sends, imported or required', async () => {
    expect(
      await evaluate(`(async () => {
        const { Counter } = await import('nestjs-tsmon');
        const { createTestingTsmon } = require('nestjs-tsmon/testing');
        const { NestFactory } = await import('@nestjs/core');
        const tsmon = createTestingTsmon();
        const options = { logger: false };
        const app = await NestFactory.createApplicationContext(tsmon.module, options);
        const orders = new Counter('shop/orders', { description: 'Orders placed.' });
        orders.add(3);
        await tsmon.flush();
        await app.close();
        return [tsmon.sent('shop/orders'), require('nestjs-tsmon').Counter === Counter];
      })()`),
    ).toEqual([3, true]);
  });

  it.each(ENTRIES)('%s exports classes and functions under their own names', async entry => {
    const names = (await evaluate(`import('${entry}').then(exports => Object.entries(exports)
      .filter(([, value]) => typeof value === 'function')
      .map(([name, value]) => [name, value.name]))`)) as [string, string][];
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter(([name, own]) => name !== own)).toEqual([]);
  });

  it('has no two classes of one name, of which the bundler would rename one', () => {
    const code = bundled();
    expect(code.match(/^(?:let|var) \w+ = class\b/gm)?.length).toBeGreaterThan(50);
    expect(code.match(/^(?:let|var) \w+\$\d+ = class\b/gm)).toBeNull();
  });

  it('keeps what the compiler tells Nest about the types of parameters', () => {
    expect(bundled()).toMatch(/design:paramtypes", \[\s*ApplicationConfig\b/);
  });

  it('has stack traces that name the line of the source', async () => {
    const stack = (await evaluate(
      `import('nestjs-tsmon').then(({ Counter }) => {
        try {
          new Counter('shop/orders', { description: 'Orders placed.' }).add(-1);
        } catch (error) {
          return error.stack;
        }
      })`,
      ['--enable-source-maps'],
    )) as string;
    const [, file = '', line] = /\((\S+\.ts):(\d+):\d+\)/.exec(stack) ?? [];
    expect(relative(ROOT, file)).toMatch(/^lib\/metrics\//);
    expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toContain('new RangeError(');
  });

  it('finds the files of the status page', async () => {
    const html = await evaluate(`import('./${SHARED[1]}').then(async ({ StatusPage }) =>
      (await StatusPage.load()).html('a-token'))`);
    expect(html).toContain('a-token');
  });

  it.each(ENTRIES)('%s loads no optional peer, nor any client, before it is used', async entry => {
    const loaded = await packagesLoadedBy(entry);
    expect(loaded.filter(name => loadedLate().has(name))).toEqual([]);
  });

  it('a package that is loaded is seen, whether it is imported or required', async () => {
    expect(loadedLate()).toContain('google-auth-library');
    expect(await packagesLoadedBy('nestjs-tsmon')).toContain('@nestjs/common');
    const loaded = await packagesLoadedBy('@google-cloud/datastore');
    expect(loaded.filter(name => loadedLate().has(name))).toEqual(
      expect.arrayContaining(['@google-cloud/datastore', 'google-gax', '@grpc/grpc-js']),
    );
  });

  it('names in exports and typesVersions only files that it holds', () => {
    const { exports, main, types, typesVersions } = manifest();
    const named =
      JSON.stringify([exports, main, types, typesVersions]).match(/\.\/[^"]+\.\w+/g) ?? [];
    const paths = packedPaths();
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter(path => path.includes('/') && !paths.includes(path.slice(2)))).toEqual([]);
  });
});

function manifest(): Record<string, unknown> & { peerDependenciesMeta: object } {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
}

/** What an application that does not use it must not wait for. */
function loadedLate(): ReadonlySet<string> {
  const optional = Object.keys(manifest().peerDependenciesMeta);
  return new Set([...optional, '@google-cloud/datastore', 'google-gax', 'gcp-metadata']);
}

function packedPaths(): string[] {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [pack] = JSON.parse(output) as { files: { path: string }[] }[];
  return pack?.files.map(({ path }) => path) ?? [];
}

/** The packages whose types a declaration file needs, itself or through others of ours. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) {
    return [];
  }
  seen.add(file);
  const { importedFiles, typeReferenceDirectives } = preProcessFile(readFileSync(file, 'utf8'));
  const specifiers = [...importedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
  const packages = specifiers.flatMap(specifier =>
    specifier.startsWith('.')
      ? packagesOf(join(dirname(file), specifier.replace(/\.js$/, '.d.ts')), seen)
      : [specifier],
  );
  return [...new Set(packages)];
}

/** What an expression for a promise of a module yields in plain Node: the names that it exports. */
async function exportsOf(promise: string): Promise<string[]> {
  return (await evaluate(
    `${promise}.then(exports => Object.keys(exports).filter(name => /^[a-zA-Z]/.test(name)).sort())`,
  )) as string[];
}

/** Prints what is imported. What CommonJS requires is in a cache. */
const PRINT_IMPORTS = inline(
  `import { register } from 'node:module'; register('${inline(`
  import { writeSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    writeSync(1, 'IMPORT ' + resolved.url + '\\n');
    return resolved;
  }`)}');`,
);

function inline(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code).replaceAll("'", '%27')}`;
}

/** The packages of which anything is loaded together with an entry. */
async function packagesLoadedBy(entry: string): Promise<string[]> {
  const paths = await pathsLoadedBy(entry);
  const names = paths.map(path => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter(name => name !== undefined))];
}

/** All files that are loaded together with an entry. */
async function pathsLoadedBy(entry: string): Promise<string[]> {
  const script = `import('${entry}').then(() => {
    for (const path of Object.keys(require.cache)) console.log('IMPORT ' + path);
  })`;
  const args = ['--no-warnings', '--import', PRINT_IMPORTS, '-e', script];
  const node = new TestProcess(process.execPath, args, {}, ROOT);
  expect(await node.ended()).toEqual({ code: 0, signal: null });
  const lines = node.output.match(/(?<=^IMPORT ).*/gm) ?? [];
  const paths = lines
    .filter(line => !/^(node|data):/.test(line))
    .map(line => (line.startsWith('file:') ? fileURLToPath(line) : line));
  return [...new Set(paths)];
}

function bundled(): string {
  return readFileSync(join(ROOT, 'dist/nestjs-tsmon.js'), 'utf8');
}

async function evaluate(promise: string, options: readonly string[] = []): Promise<unknown> {
  const script = `${promise}.then(value => console.log('VALUE' + JSON.stringify(value)))`;
  const args = ['--no-warnings', ...options, '-e', script];
  const node = new TestProcess(process.execPath, args, {}, ROOT);
  const [, value = ''] = await node.prints(/^VALUE(.*)\n/m);
  expect(await node.ended()).toEqual({ code: 0, signal: null });
  return JSON.parse(value);
}
