import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { preProcessFile } from 'typescript';
import { describe, expect, it } from 'vitest';
import { TestProcess } from './support/processes.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['nestjs-tsmon', 'nestjs-tsmon/testing'];

describe('the package', () => {
  it('holds dist, README, LICENSE and CHANGELOG, and nothing else', () => {
    const paths = packedPaths();
    expect(paths.filter(path => !path.startsWith('dist/')).toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(paths).toContain('dist/index.js');
    expect(paths).toContain('dist/testing/index.d.ts');
    expect(paths.filter(path => /spec|\.tsbuildinfo$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });

  it('has declarations that need the types of Nest, rxjs and Node alone', () => {
    const packages = ['index.d.ts', 'testing/index.d.ts'].flatMap(entry =>
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

  it.each(ENTRIES)('%s loads nothing of Google Cloud until an application starts', async entry => {
    expect(await cloudModulesLoadedBy(entry)).toEqual([]);
    // The probe would see them.
    expect(await cloudModulesLoadedBy('@google-cloud/datastore')).not.toEqual([]);
  });

  it('names in exports and typesVersions only files that it holds', () => {
    const { exports, main, types, typesVersions } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<string, unknown>;
    const named =
      JSON.stringify([exports, main, types, typesVersions]).match(/\.\/[^"]+\.\w+/g) ?? [];
    const paths = packedPaths();
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter(path => path.includes('/') && !paths.includes(path.slice(2)))).toEqual([]);
  });
});

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

/** These packages are CommonJS, so that the cache of `require` has them, however they were loaded. */
async function cloudModulesLoadedBy(entry: string): Promise<string[]> {
  return (await evaluate(
    `import('${entry}').then(() => Object.keys(require.cache)
      .filter(path => /node_modules.(@google-cloud|@grpc|google-gax|gcp-metadata|google-auth-library)/.test(path)))`,
  )) as string[];
}

async function evaluate(promise: string): Promise<unknown> {
  const script = `${promise}.then(value => console.log('VALUE' + JSON.stringify(value)))`;
  const node = new TestProcess(process.execPath, ['--no-warnings', '-e', script], {}, ROOT);
  const [, value = ''] = await node.prints(/^VALUE(.*)\n/m);
  expect(await node.ended()).toEqual({ code: 0, signal: null });
  return JSON.parse(value);
}
