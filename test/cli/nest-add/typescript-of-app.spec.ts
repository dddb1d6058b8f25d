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

  it('is that of the Nest CLI if that of the application has no API, as TypeScript 7', () => {
    const app = folderWith("{ version: '7.0.0' }");
    vi.spyOn(process, 'cwd').mockReturnValue(app);
    const cli = join(app, 'node_modules/@nestjs/cli');
    mkdirSync(join(cli, 'node_modules/typescript'), { recursive: true });
    writeFileSync(join(cli, 'package.json'), '{}');
    writeFileSync(
      join(cli, 'node_modules/typescript/index.js'),
      "module.exports = { createSourceFile() {}, version: 'cli' };",
    );
    expect(typescriptOfApp()).toMatchObject({ version: 'cli' });
  });

  it('is that of a global Nest CLI if the application has none', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folderWith("{ version: '7.0.0' }"));
    const cli = folderWith("{ createSourceFile() {}, version: 'global' }");
    process.argv[1] = join(cli, 'schematics.js');
    expect(typescriptOfApp()).toMatchObject({ version: 'global' });
  });

  it('is undefined if there is none', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folderWith("{ version: '7.0.0' }"));
    process.argv[1] = join(folderWith('{}'), 'schematics.js');
    expect(typescriptOfApp()).toBeUndefined();
  });
});
