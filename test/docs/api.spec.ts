import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportsOf, readApiReference, type ApiReference } from './api-reference.js';
import { publicCallablesOf } from './throwing.js';

const TIMEOUT_MS = 120_000;
const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const ENTRIES = readdirSync(path('lib/entry')).map(name => path(`lib/entry/${name}`));

/** Their code calls some that throws, but with what was checked before. */
const NEVER_THROW: ReadonlySet<string> = new Set([
  'Bucketer.default',
  'Task.toGlobal',
  'TestingTsmon.module',
]);

describe('the API reference', { timeout: TIMEOUT_MS }, () => {
  let reference: ApiReference;

  beforeAll(async () => {
    reference = await readApiReference();
  }, TIMEOUT_MS);

  it('documents every export with all of its members, and has no broken link', () => {
    expect(reference.complaints).toEqual([]);
  });

  it('has every entry point, and of each what it exports', () => {
    const names = exportsOf(reference.project).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['TsmonModule', 'Counter', 'Monitor', 'ProdXMonitor', 'FakeMonitor']),
    );
    expect(names.length).toBeGreaterThan(90);
  });

  it('marks every export as public, and tells where it belongs', () => {
    const unmarked = exportsOf(reference.project)
      .filter(({ comment, signatures = [] }) =>
        [comment, ...signatures.map(signature => signature.comment)].every(
          one => !one?.hasModifier('@publicApi'),
        ),
      )
      .map(({ name }) => name);
    expect(unmarked).toEqual([]);
    const categories = reference.project.children!.flatMap(({ categories: all = [] }) =>
      all.map(({ title }) => title),
    );
    expect(new Set(categories)).toContain('Metrics');
    expect(categories).not.toContain('Other');
  });
});

describe('public code', { timeout: TIMEOUT_MS }, () => {
  const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, strict: true };

  it('says what it throws, if it throws', () => {
    const program = ts.createProgram(ENTRIES, { ...options, experimentalDecorators: true });
    const callables = ENTRIES.flatMap(entry => publicCallablesOf(program, entry));
    const throwing = callables.filter(callable => callable.throws);
    expect(throwing.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Counter.add', 'Task.__constructor', 'registerCallback']),
    );
    const silent = throwing.filter(
      ({ name, saysWhatItThrows }) => !saysWhatItThrows && !NEVER_THROW.has(name),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

describe('the check of docstrings finds a fault', { timeout: TIMEOUT_MS }, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-reference-'));
    await writeFile(join(folder, 'package.json'), '{ "name": "fixture", "version": "1.0.0" }');
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { module: 'nodenext', types: [] }, files: ['index.ts'] }),
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('in an export, a property, a method, a constructor, a link and a type', async () => {
    const faults: [string, RegExp][] = [
      ['export const bare = 1;', /bare \(Variable\).* does not have any documentation/],
      ['/** Some. */ export interface Part { bare: 1 }', /Part\.bare \(Property\)/],
      ['/** Some. */ export class Whole { bare(): void {} }', /Whole\.bare/],
      ['/** Some. */ export class Made { constructor(a: 1) {} }', /Made\.constructor/],
      ['/** As {@link Nothing}. */ export const linking = 1;', /Failed to resolve link/],
      ['interface Hidden {}', /Hidden, .* is referenced by/],
      ['/** Some. */ export let hiding: Hidden;', /hiding/],
    ];
    const entry = join(folder, 'index.ts');
    await writeFile(
      entry,
      `/** An entry. @module */\n${faults.map(([text]) => text).join('\n')}\n`,
    );
    const { complaints } = await readApiReference({
      entryPoints: [entry],
      tsconfig: join(folder, 'tsconfig.json'),
      intentionallyNotExported: [],
      projectDocuments: [],
      readme: 'none',
    });
    for (const [text, complaint] of faults) {
      expect([text, complaints]).toEqual([
        text,
        expect.arrayContaining([expect.stringMatching(complaint)]),
      ]);
    }
  });

  it('in code that throws', async () => {
    const entry = join(folder, 'throwing.ts');
    await writeFile(
      entry,
      `
      export function itself(): void { throw new Error(); }
      export function byAnother(): void { hidden(); }
      export function byConstructor(): void { void new Thrower(1); }
      export function caught(): void { try { hidden(); } catch {} }
      export function passedOn(): () => void { return () => hidden(); }
      /** @throws Error */
      export function documented(): void { hidden(); }
      function hidden(): void { itself(); }
      class Thrower { constructor(a: number) { if (a) throw new Error(); } }
      export abstract class Base {
        /** @throws Error */
        abstract run(): void;
      }
      export class Inheriting extends Base { run(): void { hidden(); } private own(): void { hidden(); } }
      `,
    );
    const program = ts.createProgram([entry], { strict: true });
    const callables = publicCallablesOf(program, entry);
    const throwing = callables.filter(callable => callable.throws);
    expect(throwing.map(({ name, saysWhatItThrows }) => [name, saysWhatItThrows])).toEqual([
      ['itself', false],
      ['byAnother', false],
      ['byConstructor', false],
      ['documented', true],
      ['Inheriting.run', true],
    ]);
  });
});
