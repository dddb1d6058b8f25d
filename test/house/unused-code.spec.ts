import { describe, expect, it } from 'vitest';
import { unusedExports, unusedFiles } from './unused-code.js';

describe('the check of unused code', () => {
  const used = { 'entry/index.ts': "export { a } from '../metrics/a.js';", 'metrics/a.ts': '' };

  it('finds a file that no other file of lib/ imports, also where it imports itself', () => {
    expect(unusedFiles({ ...used, 'metrics/b.ts': "import './b.js';" })).toEqual([
      'metrics/b.ts is imported by no file of lib/',
    ]);
  });

  it.each([
    ['import', "import './b.js';"],
    ['import type', "import type { B } from './b.js';"],
    ['export from', "export { b } from './b.js';"],
    ['import()', "const b = await import('./b.js');"],
    ['the type of an import()', "let b: import('./b.js').B;"],
  ])('takes a file for used by %s', (_, text) => {
    expect(unusedFiles({ ...used, 'metrics/a.ts': text, 'metrics/b.ts': '' })).toEqual([]);
  });

  it('takes entry points for used', () => {
    expect(unusedFiles({ 'entry/index.ts': '', 'entry/testing.ts': '' })).toEqual([]);
    expect(unusedExports({ 'entry/index.ts': 'export const a = 1;' }, {})).toEqual([]);
  });

  it.each([
    'export const b = 1;',
    'export function b() {}',
    'export class b {}',
    'export interface b {}',
    'export type b = 1;',
    'export enum b {}',
    'export const { b } = {};',
    'export const { a: [b] } = {};',
    'const b = 1; export { b };',
    'const c = 1; export { c as b };',
  ])('finds an exported name that is only used in its own file: %s', text => {
    expect(unusedExports({ 'metrics/b.ts': `${text} f(b);` }, {})).toEqual([
      'metrics/b.ts exports b, which no other file uses',
    ]);
  });

  it('tells the names of a file apart', () => {
    const lib = {
      'metrics/a.ts': "import { b } from './b.js';",
      'metrics/b.ts': 'export const b = 1, c = 2; export const d = 3; const e = 4;',
    };
    expect(unusedExports(lib, {})).toEqual([
      'metrics/b.ts exports c, which no other file uses',
      'metrics/b.ts exports d, which no other file uses',
    ]);
  });

  it.each([
    "import { b } from '../store/b.js';",
    "import { b as c } from '../store/b.js';",
    "import type { b } from '../store/b.js';",
    "import * as all from '../store/b.js';",
    "export { b } from '../store/b.js';",
    "export * from '../store/b.js';",
    "const { b } = await import('../store/b.js');",
    "let c: import('../store/b.js').b;",
  ])('takes a name for used by another file: %s', text => {
    expect(
      unusedExports({ 'metrics/a.ts': text, 'store/b.ts': 'export const b = 1;' }, {}),
    ).toEqual([]);
  });

  it('takes a name for used by a test', () => {
    const tests = { '../test/store/b.spec.ts': "import { b } from '../../lib/store/b.js';" };
    expect(unusedExports({ 'store/b.ts': 'export const b = 1;' }, tests)).toEqual([]);
  });
});
