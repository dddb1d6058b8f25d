import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../build-if-changed.mjs', import.meta.url));
/** Does what the build does, as far as the script sees it, and counts. */
const BUILD = `
  const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
  mkdirSync('dist/cjs', { recursive: true });
  writeFileSync('dist/nestjs-tsmon.js', '');
  writeFileSync('dist/cjs/package.json', '{}');
  appendFileSync('builds', 'x');
`;

describe('npm start', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsmon-build-'));
    mkdirSync(join(folder, 'lib/flush'), { recursive: true });
    copyFileSync(SCRIPT, join(folder, 'build-if-changed.mjs'));
    writeFileSync(join(folder, 'build.cjs'), BUILD);
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ scripts: { build: 'node build.cjs' } }),
    );
    writeFileSync(join(folder, 'lib/flush/flusher.ts'), '');
    for (const path of ['lib', 'lib/flush', 'lib/flush/flusher.ts', 'package.json']) {
      setChanged(path, -60);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function setChanged(path: string, inSec: number): void {
    const at = new Date(Date.now() + inSec * 1000);
    utimesSync(join(folder, path), at, at);
  }

  /** How often the library has been built when it starts once more. */
  function buildsAfterStart(): number {
    execFileSync(process.execPath, ['build-if-changed.mjs'], { cwd: folder, stdio: 'pipe' });
    const builds = join(folder, 'builds');
    return existsSync(builds) ? readFileSync(builds, 'utf8').length : 0;
  }

  it('builds the library in a fresh clone, and not again while nothing has changed', () => {
    expect([buildsAfterStart(), buildsAfterStart()]).toEqual([1, 1]);
  });

  it.each([
    ['a source', 'lib/flush/flusher.ts'],
    ['a folder, from which a source was removed', 'lib/flush'],
    ['a setting of the build', 'package.json'],
  ])('builds it again after a change of %s', (_, path) => {
    expect(buildsAfterStart()).toBe(1);
    setChanged(path, 60);
    expect(buildsAfterStart()).toBe(2);
  });

  it('builds it again after a build that was stopped half-way', () => {
    expect(buildsAfterStart()).toBe(1);
    rmSync(join(folder, 'dist/cjs'), { recursive: true });
    expect(buildsAfterStart()).toBe(2);
  });
});
