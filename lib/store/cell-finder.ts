import { multiplierOf, NO_ROW } from './cell-hash.js';
import type { Dictionary } from './dictionary.js';

/** A hash table with open addressing, of rows of numbers: of a target first, then of a field value each. */
export interface CellHashTable {
  readonly dictionaries: readonly Dictionary[];
  /** The numbers of all rows, one row after the other. */
  readonly ids: Int32Array;
  /** Rows, or {@link NO_ROW}; a power of two of them. */
  readonly slots: Int32Array;
  readonly mask: number;
  /** Makes the index of a slot of a hash. */
  readonly shift: number;
  rowOf(parts: readonly number[]): number;
}

/**
 * Finds the row of a cell by the number of its target and an object with its field values. Whatever is wrong with
 * that object, there is no such cell.
 */
export type CellFinder = (target: number, fields: unknown) => number;

/**
 * The finder of a table, compiled for the names of its fields: with names known only at run time no engine can
 * remember where an object has its properties, and each recording takes three times as long.
 */
export function createFinder(table: CellHashTable, names: readonly string[]): CellFinder {
  try {
    // Names of fields are identifiers, FieldSchema sees to it: nothing else gets into the source.
    const compile = new Function('table', sourceOf(names)) as (table: CellHashTable) => CellFinder;
    return compile(table);
  } catch (error) {
    if (error instanceof EvalError) {
      return loopFinder(table, names); // node --disallow-code-generation-from-strings
    }
    throw error;
  }
}

/** The same, by a loop. */
export function loopFinder(table: CellHashTable, names: readonly string[]): CellFinder {
  return (target, fields) => {
    const given = fields as Readonly<Record<string, unknown>> | null | undefined;
    const ids = names.map((name, i) => table.dictionaries[i]!.idOf(given?.[name]));
    return ids.some(id => id < 0) ? NO_ROW : table.rowOf([target, ...ids]);
  };
}

function sourceOf(names: readonly string[]): string {
  const ids = ['target', ...names.map((_, i) => `id${i}`)];
  const hash = ids.map((id, i) => `Math.imul(${id}, ${multiplierOf(i)})`).join(' + ');
  const isCell = ids.map((id, i) => `ids[start + ${i}] === ${id}`).join(' && ');
  const anyUnknown = ids.slice(1).map(id => `${id} < 0`);
  return `
    ${names.map((_, i) => `const dictionary${i} = table.dictionaries[${i}];`).join('\n')}
    return function findCell(target, fields) {
      ${names.length > 0 ? `if (fields === undefined || fields === null) return ${NO_ROW};` : ''}
      ${names.map((name, i) => `const id${i} = dictionary${i}.idOf(fields.${name});`).join('\n')}
      ${names.length > 0 ? `if (${anyUnknown.join(' || ')}) return ${NO_ROW};` : ''}
      const { slots, ids, shift, mask } = table;
      for (let at = ((${hash}) | 0) >>> shift; ; at = (at + 1) & mask) {
        const row = slots[at];
        if (row < 0) return ${NO_ROW};
        const start = row * ${ids.length};
        if (${isCell}) return row;
      }
    };`;
}
