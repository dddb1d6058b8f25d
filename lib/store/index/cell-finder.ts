import type { FieldSchema, FieldType } from '../../metrics/fields.js';
import { SMALL_INTEGERS, SPREAD, type Dictionary } from './dictionary.js';
import { KEY_MASK, keyOf, type KeyLayout } from './key-layout.js';

/** The result if there is no such cell. Rows are not negative. */
export const NO_ROW = -1;

/** The key of an empty slot. Keys are not negative. */
export const NO_KEY = -1;

/** Maps the keys of cells to their rows: by an array if there are few keys, otherwise by a hash table with open addressing. */
export interface KeyTable {
  /** The dictionary of each field. */
  readonly dictionaries: readonly Dictionary[];
  readonly layout: KeyLayout;
  /** The multiplier of the id of the target. */
  readonly targetMultiplier: number;
  /** The row of each key, or {@link NO_ROW}. Undefined if there are too many keys for an array. */
  readonly rows: Int32Array | undefined;
  /** The hash table: slots of two integers, which are the key, or {@link NO_KEY} if the slot is empty, and the row. */
  readonly entries: Int32Array;
  /** The number of slots less 1. */
  readonly mask: number;
  /** Shifts a spread key by so many bits to get the slot where a search starts. */
  readonly shift: number;
  /** The ids of each cell, row by row: the id of the target, then the ids of the field values. */
  readonly ids: Int32Array;
}

/**
 * Finds the row of a cell by the id of its target and an object with its field values. For an invalid object it returns
 * {@link NO_ROW}.
 */
export type CellFinder = (target: number, fields: unknown) => number;

type FinderFactory = (table: KeyTable) => CellFinder;

/**
 * Factories by source. Metrics with the same fields share one: V8 inlines a call that always reaches the same function, but
 * not one that reaches several.
 */
const factories = new Map<string, FinderFactory>();

/**
 * Creates the finder of a table, compiled for its fields (docs/compiled-finders.md says why).
 */
export function createFinder(table: KeyTable, schema: FieldSchema): CellFinder {
  try {
    return factoryOf(sourceOf(schema))(table);
  } catch (error) {
    if (error instanceof EvalError) {
      return loopFinder(table, schema); // node --disallow-code-generation-from-strings
    }
    throw error;
  }
}

function factoryOf(source: string): FinderFactory {
  let factory = factories.get(source);
  if (!factory) {
    // FieldSchema allows only identifiers as field names, so no other text gets into the source.
    factory = new Function('table', source) as FinderFactory;
    factories.set(source, factory);
  }
  return factory;
}

/** Does the same as a compiled finder, by a loop. */
export function loopFinder(table: KeyTable, { names }: FieldSchema): CellFinder {
  return (target, fields) => {
    const given = fields as Readonly<Record<string, unknown>> | null | undefined;
    const ids = [target, ...names.map((name, i) => table.dictionaries[i]!.idOf(given?.[name]))];
    if (ids.some(id => id < 0)) {
      return NO_ROW;
    }
    const { entries, mask, rows } = table;
    const key = keyOf(table.layout, ids);
    if (rows) {
      return rows[key]!;
    }
    for (let at = Math.imul(key, SPREAD) >>> table.shift; ; at = (at + 1) & mask) {
      const row = entries[2 * at + 1]!;
      if (entries[2 * at] === NO_KEY) {
        return NO_ROW;
      }
      if (
        entries[2 * at] === key &&
        ids.every((id, part) => table.ids[row * ids.length + part] === id)
      ) {
        return row;
      }
    }
  };
}

/**
 * Writes the source of a finder. What V8 is to inline is short, so the search in a hash table is a function of its own.
 */
function sourceOf({ names, types }: FieldSchema): string {
  const ids = ['target', ...names.map((_, i) => `id${i}`)];
  const products = ids.map((id, part) => `imul(${id}, ${multiplierOf(part)})`);
  const rowAt = 'entries[2 * at + 1]';
  const isPart = (id: string, part: number): string =>
    `table.ids[${rowAt} * ${ids.length} + ${part}] === ${id}`;
  return `
    const { imul } = Math;
    ${names.map((_, i) => `const dictionary${i} = table.dictionaries[${i}];`).join('\n')}
    function searchHashTable(key, ${ids.join(', ')}) {
      const { entries } = table;
      for (let at = imul(key, ${SPREAD}) >>> table.shift; ; at = (at + 1) & table.mask) {
        const there = entries[2 * at];
        if (${['there === key', ...ids.map(isPart)].join(' && ')}) return ${rowAt};
        if (there === ${NO_KEY}) return ${NO_ROW};
      }
    }
    return function findCell(target, fields) {
      ${names.length > 0 ? `if (fields === undefined || fields === null) return ${NO_ROW};` : ''}
      ${stringsFirst(types)
        .map(i => `const value${i} = fields.${names[i]}, id${i} = ${idOf(types[i]!, i)};`)
        .join('\n')}
      if ((${ids.join(' | ')}) < 0) return ${NO_ROW};
      const { rows } = table;
      const key = (${products.join(' + ')}) & ${KEY_MASK};
      return rows === undefined ? searchHashTable(key, ${ids.join(', ')}) : rows[key];
    };`;
}

function multiplierOf(part: number): string {
  return part === 0 ? 'table.targetMultiplier' : `dictionary${part - 1}.multiplier`;
}

/** Compares strings first: the comparison is a call and would spill values that are already in registers. */
function stringsFirst(types: readonly FieldType[]): number[] {
  const all = [...types.keys()];
  return [...all.filter(i => types[i] === 'string'), ...all.filter(i => types[i] !== 'string')];
}

/** Writes the source that finds the id of a value. Frequent cases are inline, the dictionary does the rest. */
function idOf(type: FieldType, i: number): string {
  const value = `value${i}`;
  const dictionary = `dictionary${i}`;
  switch (type) {
    case 'string':
      return `${value} === ${dictionary}.last ? ${dictionary}.lastId : ${dictionary}.idOf(${value})`;
    case 'int':
      return `typeof ${value} === 'number' && ${value} >>> 0 === ${value} && ${value} < ${SMALL_INTEGERS} ? ${dictionary}.small[${value}] : ${dictionary}.idOf(${value})`;
    case 'bool':
      // 1, 0 or UNKNOWN without a jump: a processor cannot predict a field that is true half of the time.
      return `((${value} === true) << 1 | (${value} === false)) - 1`;
  }
}
