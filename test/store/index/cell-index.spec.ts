import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  FieldSchema,
  type FieldDeclarations,
  type FieldValue,
} from '../../../lib/metrics/fields.js';
import { createFinder, loopFinder, NO_ROW } from '../../../lib/store/index/cell-finder.js';
import { CellIndex } from '../../../lib/store/index/cell-index.js';
import { Device } from '../../../lib/targets/device.js';
import { SeededRandom } from '../../support/seeded-random.js';

const TARGETS = [undefined, new Device({ hostname: 'a' }), new Device({ hostname: 'b' })];
const VALUES = {
  string: ['', 'a', 'b', '__proto__', 'constructor', '\u0000', '\ud800', 'x'.repeat(300)],
  int: [0, 1, 5, 200, 404, 1023, 1024, -1, -7, 2 ** 31, Number.MAX_SAFE_INTEGER, -(2 ** 40)],
  bool: [true, false],
} as const;
const SCHEMAS: FieldDeclarations[] = [
  {},
  { a: 'string' },
  { a: 'int' },
  { a: 'bool' },
  { a: 'int', b: 'string', c: 'bool' },
  { constructor: 'string', toString: 'int' } as unknown as FieldDeclarations,
  { a: 'int', b: 'int', c: 'int', d: 'int', e: 'int', f: 'string', g: 'bool' },
];

interface Entry {
  readonly target: (typeof TARGETS)[number];
  readonly values: readonly FieldValue[];
}

const keyOf = ({ target, values }: Entry): string => JSON.stringify([target?.key, values]);

function objectOf(names: readonly string[], values: readonly FieldValue[]): object {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

function anEntry(schema: FieldSchema, random: SeededRandom): Entry {
  return {
    target: random.oneOf(TARGETS),
    values: schema.types.map(type => random.oneOf<FieldValue>([...VALUES[type]])),
  };
}

describe('an index of cells', () => {
  it.each(SCHEMAS.map(schema => [Object.entries(schema).join('; '), schema] as const))(
    'finds what a Map finds, while cells come and go: %s',
    (_, declarations) => {
      const schema = new FieldSchema('m', declarations);
      const index = new CellIndex(schema);
      const byLoop = loopFinder(index, schema);
      const random = new SeededRandom(11);
      const rows = new Map<string, number>();
      const free: number[] = [];
      for (let step = 0; step < 3000; step++) {
        const entry = anEntry(schema, random);
        const fields = objectOf(schema.names, entry.values);
        const row = rows.get(keyOf(entry));
        expect(index.findUnder(entry.target, fields)).toBe(row ?? NO_ROW);
        expect(byLoop(0, fields)).toBe(index.find(0, fields));
        if (row === undefined) {
          const added = free.pop() ?? rows.size + 1;
          index.add(added, entry.target, entry.values);
          rows.set(keyOf(entry), added);
          expect(index.targetOf(added)).toBe(entry.target);
          expect(index.fieldValuesOf(added)).toEqual(entry.values);
        } else if (random.below(3) > 0) {
          index.remove(row);
          rows.delete(keyOf(entry));
          free.push(row);
        }
        expect(index.size).toBe(rows.size);
      }
    },
  );

  it('still finds cells when the numbers of its parts no longer fit into a key', () => {
    const schema = new FieldSchema('m', { a: 'int', b: 'string', c: 'int', d: 'int', e: 'int' });
    const index = new CellIndex(schema);
    const random = new SeededRandom(5);
    const cells = new Map<string, { row: number; target: Device; fields: object }>();
    for (let row = 1; row <= 3000; row++) {
      const target = new Device({ hostname: `h${random.below(40)}` });
      const values = [random.below(200), `b${random.below(200)}`, row, row % 7, random.below(3)];
      const fields = objectOf(schema.names, values);
      expect(index.findUnder(target, fields)).toBe(NO_ROW);
      index.add(row, target, values);
      cells.set(keyOf({ target, values }), { row, target, fields });
    }
    expect(index.layout.limits).toBeUndefined();
    const byLoop = loopFinder(index, schema);
    for (const { row, target, fields } of cells.values()) {
      expect(index.findUnder(target, fields)).toBe(row);
      expect(byLoop(0, fields)).toBe(index.find(0, fields));
      if (row % 2 === 0) {
        index.remove(row);
        expect(index.findUnder(target, fields)).toBe(NO_ROW);
      }
    }
    expect(index.size).toBe(cells.size / 2);
  });

  it('finds nothing by values of other types, or without an object', () => {
    const index = new CellIndex(new FieldSchema('m', { a: 'int', b: 'bool' }));
    index.add(1, undefined, [1, true]);
    expect(index.find(0, { a: 1, b: true })).toBe(1);
    for (const fields of [
      undefined,
      null,
      5,
      'a',
      {},
      { a: 1 },
      { a: '1', b: true },
      { a: 1.5, b: true },
      { a: Number.NaN, b: true },
      { a: 1n, b: true },
      { a: 1, b: 1 },
      { a: [1], b: true },
    ]) {
      expect(index.find(0, fields)).toBe(NO_ROW);
    }
    expect(index.find(0, { a: 1, b: true, c: 'more' })).toBe(1);
  });

  it('treats -0 as 0', () => {
    const index = new CellIndex(new FieldSchema('m', { a: 'int' }));
    index.add(1, undefined, [0]);
    expect(index.find(0, { a: -0 })).toBe(1);
  });

  it('forgets values that no cell has', () => {
    const index = new CellIndex(new FieldSchema('m', { a: 'string', b: 'int' }));
    for (let i = 0; i < 1000; i++) {
      index.add(1, new Device({ hostname: `h${i}` }), [`a${i}`, i * 3]);
      index.remove(1);
    }
    for (let i = 0; i < 1000; i++) {
      expect(index.dictionaries[0]!.idOf(`a${i}`)).toBe(-1);
      expect(index.dictionaries[1]!.idOf(i * 3)).toBe(-1);
    }
    // Their numbers are used again.
    index.add(1, undefined, ['last', 7]);
    expect(index.dictionaries[0]!.idOf('last')).toBe(0);
  });

  it('finds strings that share their hash, beside shorter ones, while they come and go', () => {
    const index = new CellIndex(new FieldSchema('m', { a: 'string' }));
    const filler = (i: number): string => String(i).padStart(5, '0');
    const texts = Array.from({ length: 40 }, (_, i) => `aa${filler(i)}${'a'.repeat(40)}`);
    texts.push('', 'a', 'ab', 'abc', ' '.repeat(1024), 'é', '\u0000');
    texts.forEach((a, row) => index.add(row + 1, undefined, [a]));
    for (const [i, a] of texts.entries()) {
      expect(index.find(0, { a })).toBe(i + 1);
      index.remove(i + 1);
      expect(index.find(0, { a })).toBe(NO_ROW);
    }
    expect(index.find(0, { a: ' '.repeat(1025) })).toBe(NO_ROW);
  });

  it('has an array of all keys only if cells fill much of it', () => {
    const schema = new FieldSchema('m', { a: 'int', b: 'int' });
    const [full, sparse] = [new CellIndex(schema), new CellIndex(schema)];
    for (let i = 0; i < 1024; i++) {
      full.add(i + 1, undefined, [i % 32, Math.floor(i / 32)]);
      sparse.add(i + 1, undefined, [i, i]);
    }
    expect([full.rows?.length, sparse.rows]).toEqual([1024, undefined]);
    expect(sparse.find(0, { a: 7, b: 7 })).toBe(8);
    expect(sparse.find(0, { a: 7, b: 8 })).toBe(NO_ROW);
  });

  it('keeps a value that another cell still has', () => {
    const index = new CellIndex(new FieldSchema('m', { a: 'string', b: 'int' }));
    index.add(1, undefined, ['a', 1]);
    index.add(2, undefined, ['a', 2]);
    index.remove(1);
    expect(index.find(0, { a: 'a', b: 1 })).toBe(NO_ROW);
    expect(index.find(0, { a: 'a', b: 2 })).toBe(2);
  });

  it('works where code may not be made from strings', () => {
    const { stderr, stdout } = spawnSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--input-type=module', '-e', LOCKED_DOWN],
      { encoding: 'utf8' },
    );
    expect([stderr, stdout]).toEqual(['', 'EvalError']);
    const schema = new FieldSchema('m', { a: 'int' });
    const index = new CellIndex(schema);
    index.add(1, undefined, [5]);
    const original = globalThis.Function;
    globalThis.Function = function refuse(): never {
      throw new EvalError('Code generation from strings disallowed for this context');
    } as unknown as FunctionConstructor;
    try {
      const find = createFinder(index, schema);
      expect([find(0, { a: 5 }), find(0, { a: 6 }), find(0, undefined)]).toEqual([1, -1, -1]);
    } finally {
      globalThis.Function = original;
    }
  });
});

/** What Node does then. */
const LOCKED_DOWN =
  "try { new Function(''); } catch (error) { process.stdout.write(error.constructor.name); }";
