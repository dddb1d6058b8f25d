import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preProcessFile } from 'typescript';
import { expect } from 'vitest';
import { TestProcess } from './support/processes.js';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The files of the package that each entry point loads. */
export const FILES: Readonly<Record<string, readonly string[]>> = {
  'nestjs-tsmon': ['entry/index.js', 'nestjs-tsmon.js'],
  'nestjs-tsmon/cloud-monitoring': monitorFiles('cloud-monitoring'),
  'nestjs-tsmon/opentelemetry': monitorFiles('opentelemetry'),
  'nestjs-tsmon/prodx': monitorFiles('prodx'),
  'nestjs-tsmon/prometheus': ['entry/prometheus.js', 'nestjs-tsmon.js'],
  'nestjs-tsmon/testing': ['entry/testing.js', 'nestjs-tsmon.js'],
};
export const ENTRIES = Object.keys(FILES);
export const OF_ALL = 'dist/nestjs-tsmon.js';
export const OF_PAGE = 'bundled-page.js';
/** The file of the command, and one for each of its commands. */
export const OF_COMMAND = ['cli/main.js', 'cli/dashboard.js', 'cli/doctor.js'];
export const MONITORS = { prodx: { endpoint: 'localhost:1' }, cloudMonitoring: { projectId: 'p' } };

export function monitorFiles(name: string): string[] {
  return [`entry/${name}.js`, `${name}-monitor.js`, 'nestjs-tsmon.js', 'rolldown-runtime.js'];
}

/** An application that prints its status page. */
export function appOf(id: string): string | null {
  return id === 'app.js'
    ? `import 'reflect-metadata';
      import { NestFactory } from '@nestjs/core';
      import { STATUS_PATH, TsmonModule } from 'nestjs-tsmon';
      const module = TsmonModule.forRoot({ status: { enabled: true, auth: 'none' } });
      const app = await NestFactory.create(module, { logger: false });
      await app.listen(0, '127.0.0.1');
      const response = await fetch((await app.getUrl()) + STATUS_PATH + '?format=html');
      console.log(await response.text());
      await app.close();`
    : null;
}

export function manifest(): Record<string, unknown> & {
  bin: Record<string, string>;
  peerDependenciesMeta: object;
} {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
}

/** What an application that does not use it must not wait for. */
export function loadedLate(): ReadonlySet<string> {
  const optional = Object.keys(manifest().peerDependenciesMeta);
  return new Set([...optional, '@google-cloud/datastore', 'google-gax', 'gcp-metadata']);
}

export const packedPaths = once((): string[] => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [pack] = JSON.parse(output) as { files: { path: string }[] }[];
  return pack?.files.map(({ path }) => path) ?? [];
});

/** The packages whose types a declaration file needs, itself or through others of ours. */
export function packagesOf(file: string, seen = new Set<string>()): string[] {
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
export const exportsOf = once(
  async (promise: string): Promise<string[]> =>
    (await evaluate(
      `${promise}.then(exports => Object.keys(exports).filter(name => /^[a-zA-Z]/.test(name)).sort())`,
    )) as string[],
);

/** Prints what is imported. What CommonJS requires is in a cache. */
export const PRINT_IMPORTS = inline(
  `import { register } from 'node:module'; register('${inline(`
  import { writeSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    writeSync(1, 'IMPORT ' + resolved.url + '\\n');
    return resolved;
  }`)}');`,
);

export function inline(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code).replaceAll("'", '%27')}`;
}

/** The packages of which anything is loaded together with an entry. */
export async function packagesLoadedBy(entry: string): Promise<string[]> {
  const paths = await pathsLoadedBy(`import('${entry}')`);
  const names = paths.map(path => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter(name => name !== undefined))];
}

/** The code of this package among files, by their paths in `dist`. */
export function ourFiles(paths: readonly string[]): string[] {
  return paths
    .map(path => relative(join(ROOT, 'dist'), path))
    .filter(path => !path.startsWith('..'))
    .toSorted();
}

/** All files that are loaded until a promise is fulfilled. */
export const pathsLoadedBy = once(loadedPaths);

async function loadedPaths(promise: string): Promise<string[]> {
  const script = `${promise}.then(() => {
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

export function bundled(): string {
  return readFileSync(join(ROOT, OF_ALL), 'utf8');
}

export async function evaluate(promise: string, options: readonly string[] = []): Promise<unknown> {
  const script = `${promise}.then(value => console.log('VALUE' + JSON.stringify(value)))`;
  const args = ['--no-warnings', ...options, '-e', script];
  const node = new TestProcess(process.execPath, args, {}, ROOT);
  const [, value = ''] = await node.prints(/^VALUE(.*)\n/m);
  expect(await node.ended()).toEqual({ code: 0, signal: null });
  return JSON.parse(value);
}

/** Remembers results by their arguments: each costs a process. */
function once<Args extends string[], T>(compute: (...args: Args) => T): (...args: Args) => T {
  const results = new Map<string, T>();
  return (...args) => {
    const key = JSON.stringify(args);
    if (!results.has(key)) {
      results.set(key, compute(...args));
    }
    return results.get(key)!;
  };
}
