import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { typescriptOfApp } from '../../../lib/cli/nest-add/typescript-of-app.js';

const folders: string[] = [];

/** A folder with a package `typescript` that exports this. */
function folderWith(exported: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nest-add-')));
  folders.push(folder);
  mkdirSync(join(folder, 'node_modules/typescript'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/typescript/index.js'), `module.exports = ${exported};`);
  return folder;
}

describe('the TypeScript that edits an application', () => {
  const [, command = ''] = process.argv;

  afterEach(() => {
    vi.restoreAllMocks();
    process.argv[1] = command;
    folders.splice(0).forEach(folder => rmSync(folder, { recursive: true }));
  });

  it('is that of the application', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(
      folderWith("{ createSourceFile() {}, version: 'app' }"),
    );
    expect(typescriptOfApp()).toMatchObject({ version: 'app' });
  });

  it('is the one beside the Nest CLI if that of the application has no API, as TypeScript 7', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folderWith("{ version: '7.0.0' }"));
    const cli = folderWith("{ createSourceFile() {}, version: 'cli' }");
    process.argv[1] = join(cli, 'schematics.js');
    expect(typescriptOfApp()).toMatchObject({ version: 'cli' });
  });

  it('is undefined if there is none', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folderWith("{ version: '7.0.0' }"));
    process.argv[1] = join(folderWith('{}'), 'schematics.js');
    expect(typescriptOfApp()).toBeUndefined();
  });
});
