import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { blocksOf, ROOT } from '../docs/readme-markdown.js';

/** Applications that are moved to Cloud Run. Each has a folder in test/migration, and a diff in docs/sources.md. */
export const MIGRATED = ['nestjs-prometheus', 'nestjs-otel'] as const;
export type MigratedName = (typeof MIGRATED)[number];
export type Version = 'before' | 'after';

export function diffOf(name: MigratedName): string {
  const block = blocksOf('docs/sources.md').find(
    each => each.language === 'diff' && each.name === name,
  );
  return `${block!.text}\n`;
}

/** The number of lines that a diff changes or adds. */
export function changedLinesOf(diff: string): number {
  return diff.split('\n').filter(line => /^\+(?!\+\+)/.test(line)).length;
}

/**
 * Writes an application, as it was or with the diff applied, into a new folder, as `nest build` makes it of CommonJS.
 *
 * @returns the folder. Its sources are in `src`, and it is started by `dist/main.js`.
 */
export function buildMigrated(name: MigratedName, version: Version, parent: string): string {
  const folder = join(parent, `${name}-${version}`);
  cpSync(join(ROOT, 'test/migration', name), folder, { recursive: true });
  if (version === 'after') {
    // The diffs of the docs have few lines of context.
    execFileSync('git', ['apply', '--unidiff-zero', '-'], { cwd: folder, input: diffOf(name) });
  }
  mkdirSync(join(folder, 'dist'));
  for (const file of readdirSync(join(folder, 'src'))) {
    const text = readFileSync(join(folder, 'src', file), 'utf8');
    const script = join(folder, 'dist', file.replace(/\.ts$/, '.js'));
    writeFileSync(script, ts.transpileModule(text, { compilerOptions: AS_NEST }).outputText);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'commonjs' }));
  // The application finds this package here, and all others in the folder above.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/nestjs-tsmon'));
  return folder;
}

/** Makes the packages of this repository available to all applications in a folder. */
export function linkPackages(parent: string): void {
  symlinkSync(join(ROOT, 'node_modules'), join(parent, 'node_modules'));
}

const AS_NEST: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2023,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  esModuleInterop: true,
};
