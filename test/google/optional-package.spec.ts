import { createRequire } from 'node:module';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isInstalled,
  loadOptional,
  MissingPackageError,
  PackageLoadError,
  type OptionalPackage,
} from '../../lib/google/optional-package.js';

const PACKAGE = 'of-a-test';

/** A folder where `of-a-test` is not installed, and where `of-a-test-2` is, which needs one that is not. */
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'optional-package-'));
  const incomplete = join(home, 'node_modules', 'of-a-test-2');
  await mkdir(incomplete, { recursive: true });
  await writeFile(join(incomplete, 'index.js'), "require('of-a-test');");
  await writeFile(join(home, 'any.cjs'), '');
});
afterAll(() => rm(home, { recursive: true }));

function wanted(name: string, load: () => Promise<unknown>): OptionalPackage<unknown> {
  return { name, need: 'MyMonitor needs credentials', alternative: 'set its option x', load };
}

const byRequire = (name: string) => async (): Promise<unknown> =>
  createRequire(join(home, 'any.cjs'))(name) as unknown;

/** What Node's own import() throws, not that of the test runner. */
const byImport = (name: string) => async (): Promise<unknown> => {
  const script = `import(${JSON.stringify(name)}).catch(({ code, message }) => console.log(JSON.stringify({ code, message })))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script], { cwd: home });
  const { code, message } = JSON.parse(stdout) as { code: string; message: string };
  throw Object.assign(new Error(message), { code });
};

describe('isInstalled()', () => {
  it('finds a package without loading it', () => {
    const { cache } = createRequire(import.meta.url);
    const name = '@google-cloud/datastore';
    expect(isInstalled({ name })).toBe(true);
    expect(Object.keys(cache).filter(path => path.includes(`/${name}/`))).toEqual([]);
  });

  it('is false for a package that is not there', () => {
    expect(isInstalled({ name: PACKAGE })).toBe(false);
  });
});

describe('loadOptional()', () => {
  it('resolves with the package', async () => {
    await expect(loadOptional(wanted(PACKAGE, async () => 'module'))).resolves.toBe('module');
  });

  it.each([
    ['import()', byImport],
    ['require()', byRequire],
  ])('says who needs a package that %s does not find, and what to do', async (_, loader) => {
    const load = loader(PACKAGE);
    const cause: unknown = await load().catch((error: unknown) => error);
    const error: unknown = await loadOptional(wanted(PACKAGE, load)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MissingPackageError);
    expect(error).toMatchObject({
      message: 'MyMonitor needs credentials: npm install of-a-test, or set its option x.',
      cause: { message: (cause as Error).message },
    });
  });

  it('names no alternative if there is none', async () => {
    const loading = loadOptional({ name: PACKAGE, need: 'I need it', load: byRequire(PACKAGE) });
    await expect(loading).rejects.toThrow(
      new MissingPackageError('I need it: npm install of-a-test.'),
    );
  });

  it.each([
    ['import()', byImport],
    ['require()', byRequire],
  ])('says what failed where %s of the package does not find another one', async (_, loader) => {
    const loading = loadOptional(wanted('of-a-test-2', loader('of-a-test-2')));
    await expect(loading).rejects.not.toBeInstanceOf(MissingPackageError);
    await expect(loading).rejects.toThrow(
      /^MyMonitor needs credentials, but of-a-test-2 is installed and could not be loaded: Cannot find module 'of-a-test'/,
    );
  });

  it.each([
    ['a file that a bundle lacks', Object.assign(new Error('ENOENT: x'), { code: 'ENOENT' })],
    ['a global that a bundle lacks', new ReferenceError('ENOENT: x')],
  ])('says what failed, and never to install it, for %s', async (_, failure) => {
    const loading = loadOptional(wanted(PACKAGE, () => Promise.reject(failure)));
    await expect(loading).rejects.toThrow(
      new PackageLoadError(
        'MyMonitor needs credentials, but of-a-test is installed and could not be loaded: ENOENT: x',
      ),
    );
    await expect(loading).rejects.toMatchObject({ cause: failure });
  });
});
