import type { FieldSchema, FieldType } from '../metrics/fields.js';
import { SMALL_INTEGERS, type Dictionary } from './dictionary.js';
import { keyOf, type KeyLayout } from './key-layout.js';

/** Says that there is no such cell. */
export const NO_ROW = -1;

/** Of the product with this the upper bits are a place in the table: they depend on all bits of the key. */
export const SPREAD = 0x9e3779b1;

/** A hash table with open addressing, from the keys of cells to their rows. */
export interface CellHashTable {
  /** Of each field. */
  readonly dictionaries: readonly Dictionary[];
  /** Keys at even places, each followed by its row, or by {@link NO_ROW} where there is no cell. */
  readonly entries: Int32Array;
  /** One less than how many cells there is room for. */
  readonly mask: number;
  /** By how many bits a spread key is shifted to make the place to begin at. */
  readonly shift: number;
  /** The numbers of the cells, row after row: of the target first, then of the fields. */
  readonly ids: Int32Array;
}

/**
 * Finds the row of a cell by the number of its target and an object with its field values. Whatever is wrong with
 * that object, there is no such cell.
 */
export type CellFinder = (target: number, fields: unknown) => number;

/**
 * The finder of a table, compiled for its fields: with names known only at run time no engine can remember where an
 * object has its properties, and each recording takes three times as long.
 */
export function createFinder(
  table: CellHashTable,
  schema: FieldSchema,
  layout: KeyLayout,
): CellFinder {
  try {
    // Names of fields are identifiers, FieldSchema sees to it: nothing else gets into the source.
    const compile = new Function('table', sourceOf(schema, layout)) as (
      table: CellHashTable,
    ) => CellFinder;
    return compile(table);
  } catch (error) {
    if (error instanceof EvalError) {
      return loopFinder(table, schema, layout); // node --disallow-code-generation-from-strings
    }
    throw error;
  }
}

/** The same, by a loop. */
export function loopFinder(
  table: CellHashTable,
  { names }: FieldSchema,
  layout: KeyLayout,
): CellFinder {
  return (target, fields) => {
    const given = fields as Readonly<Record<string, unknown>> | null | undefined;
    const ids = [target, ...names.map((name, i) => table.dictionaries[i]!.idOf(given?.[name]))];
    if (ids.some(id => id < 0)) {
      return NO_ROW;
    }
    const { entries, mask } = table;
    const key = keyOf(layout, ids);
    for (let at = Math.imul(key, SPREAD) >>> table.shift; ; at = (at + 1) & mask) {
      const row = entries[2 * at + 1]!;
      if (
        row === NO_ROW ||
        (entries[2 * at] === key &&
          ids.every((id, part) => table.ids[row * ids.length + part] === id))
      ) {
        return row;
      }
    }
  };
}

/** How the number of a value is found. What is frequent is done here, and the rest by the dictionary. */
const ID_OF: Readonly<Record<FieldType, (value: string, dictionary: string) => string>> = {
  string: (value, dictionary) =>
    `${value} === ${dictionary}.last ? ${dictionary}.lastId : ${dictionary}.idOf(${value})`,
  int: (value, dictionary) =>
    `typeof ${value} === 'number' && (${value} | 0) === ${value} && ${value} >= 0 && ${value} < ${SMALL_INTEGERS} ? ${dictionary}.small[${value}] : ${dictionary}.idOf(${value})`,
  bool: value => `${value} === true ? 1 : ${value} === false ? 0 : ${NO_ROW}`,
};

function sourceOf({ names, types }: FieldSchema, { multipliers, limits }: KeyLayout): string {
  const ids = ['target', ...names.map((_, i) => `id${i}`)];
  const key = ids.map((id, part) => `Math.imul(${id}, ${multipliers[part]})`).join(' + ');
  const same = ids.map((id, part) => `table.ids[row * ${ids.length} + ${part}] === ${id}`);
  const isCell = [`entries[2 * at] === key`, ...(limits ? [] : same)].join(' && ');
  return `
    ${names.map((_, i) => `const dictionary${i} = table.dictionaries[${i}];`).join('\n')}
    return function findCell(target, fields) {
      ${names.length > 0 ? `if (fields === undefined || fields === null) return ${NO_ROW};` : ''}
      ${names.map((name, i) => `const value${i} = fields.${name};`).join('\n')}
      ${types.map((type, i) => `const id${i} = ${ID_OF[type](`value${i}`, `dictionary${i}`)};`).join('\n')}
      if ((${ids.join(' | ')}) < 0) return ${NO_ROW};
      const { entries, mask } = table;
      const key = (${key}) | 0;
      for (let at = Math.imul(key, ${SPREAD}) >>> table.shift; ; at = (at + 1) & mask) {
        const row = entries[2 * at + 1];
        if (row < 0) return ${NO_ROW};
        if (${isCell}) return row;
      }
    };`;
}
