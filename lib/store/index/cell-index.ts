import type { FieldSchema, FieldValue } from '../../metrics/fields.js';
import type { Target } from '../../targets/target.js';
import {
  createFinder,
  NO_KEY,
  NO_ROW,
  SPREAD,
  type CellFinder,
  type CellHashTable,
} from './cell-finder.js';
import { createDictionary, type Dictionary } from './dictionary.js';
import { fits, keyOf, mixed, sideBySide, type KeyLayout } from './key-layout.js';
import { OWN_TARGET, TargetDictionary } from './target-dictionary.js';

const INITIAL_SLOTS = 16;
const NO_ROWS: Set<number> = new Set();

/**
 * Finds cells by their target and field values. Each cell has a row. The index keeps the ids of the target and field values
 * of each row, and makes a key from them. A hash table maps keys to rows.
 */
export class CellIndex implements CellHashTable {
  readonly dictionaries: readonly Dictionary[];
  find: CellFinder;
  private readonly targets = new TargetDictionary();
  layout: KeyLayout;
  /** The number of ids of a cell: one for the target, and one for each field. */
  private readonly width: number;
  private cells = 0;

  // Read by finders.
  ids: Int32Array;
  entries = emptyEntries(INITIAL_SLOTS);
  mask = INITIAL_SLOTS - 1;
  shift = shiftOf(INITIAL_SLOTS);

  constructor(private readonly schema: FieldSchema) {
    this.dictionaries = schema.types.map(createDictionary);
    this.width = schema.names.length + 1;
    this.layout = sideBySide(schema.types);
    this.ids = new Int32Array(this.width);
    this.find = createFinder(this, schema, this.layout);
  }

  /** The number of cells. */
  get size(): number {
    return this.cells;
  }

  private get slots(): number {
    return this.mask + 1;
  }

  /** Returns the row of a cell, or {@link NO_ROW}. */
  findUnder(target: Target | undefined, fields: unknown): number {
    return target === undefined ? this.find(OWN_TARGET, fields) : this.findOther(target, fields);
  }

  private findOther(target: Target, fields: unknown): number {
    const id = this.targets.idOf(target);
    return id < 0 ? NO_ROW : this.find(id, fields);
  }

  targetOf(row: number): Target | undefined {
    return this.targets.valueOf(this.ids[row * this.width]!);
  }

  /** Returns the rows with a target of their own that `matches`. */
  rowsWithTarget(rows: Int32Array, matches: (target: Target) => boolean): Set<number> {
    const ids = this.targets.idsWhere(matches);
    return ids.size === 0
      ? NO_ROWS
      : new Set(rows.filter(row => ids.has(this.ids[row * this.width]!)));
  }

  fieldValuesOf(row: number): FieldValue[] {
    const start = row * this.width + 1;
    return this.dictionaries.map((dictionary, i) => dictionary.valueOf(this.ids[start + i]!));
  }

  /** @param row must be unused, and should be small: memory is reserved for all rows below it. */
  add(row: number, target: Target | undefined, values: readonly FieldValue[]): void {
    this.reserve(row);
    const ids = [
      this.targets.retain(target),
      ...values.map((value, i) => this.dictionaries[i]!.retain(value)),
    ];
    this.ids.set(ids, row * this.width);
    this.cells += 1;
    if (!fits(this.layout, ids)) {
      this.layout = mixed(this.schema.types);
      this.find = createFinder(this, this.schema, this.layout);
      this.rebuild(this.slots);
    }
    if (2 * this.cells > this.slots) {
      this.rebuild(2 * this.slots);
    }
    this.link(row);
  }

  remove(row: number): void {
    this.unlink(row);
    this.cells -= 1;
    this.targets.release(this.ids[row * this.width]!);
    for (let i = 0; i < this.dictionaries.length; i++) {
      this.dictionaries[i]!.release(this.ids[row * this.width + 1 + i]!);
    }
  }

  private reserve(row: number): void {
    if ((row + 1) * this.width > this.ids.length) {
      const ids = new Int32Array(2 * (row + 1) * this.width);
      ids.set(this.ids);
      this.ids = ids;
    }
  }

  /** Puts all cells into a new table, by their present keys. */
  private rebuild(slots: number): void {
    const rows = this.entries.filter((row, i) => i % 2 === 1 && row !== NO_ROW);
    this.entries = emptyEntries(slots);
    this.mask = slots - 1;
    this.shift = shiftOf(slots);
    rows.forEach(row => this.link(row));
  }

  private link(row: number): void {
    const key = keyOf(this.layout, this.ids, row * this.width);
    let at = this.homeOf(key);
    while (this.entries[2 * at] !== NO_KEY) {
      at = (at + 1) & this.mask;
    }
    this.entries.set([key, row], 2 * at);
  }

  /** Removes a row, and moves later entries into the hole, so that no search ends too early. */
  private unlink(row: number): void {
    const { entries, mask } = this;
    let hole = this.homeOf(keyOf(this.layout, this.ids, row * this.width));
    while (entries[2 * hole + 1] !== row) {
      hole = (hole + 1) & mask;
    }
    for (let at = (hole + 1) & mask; entries[2 * at] !== NO_KEY; at = (at + 1) & mask) {
      const distance = (at - this.homeOf(entries[2 * at]!)) & mask;
      if (distance >= ((at - hole) & mask)) {
        entries.copyWithin(2 * hole, 2 * at, 2 * at + 2);
        hole = at;
      }
    }
    entries.set([NO_KEY, NO_ROW], 2 * hole);
  }

  /** Returns the slot where the search for a key starts. */
  private homeOf(key: number): number {
    return Math.imul(key, SPREAD) >>> this.shift;
  }
}

function emptyEntries(slots: number): Int32Array {
  return new Int32Array(2 * slots).fill(NO_KEY);
}

/** Returns the shift that turns a product of 32 bits into one of so many slots, a power of two. */
function shiftOf(slots: number): number {
  return Math.clz32(slots) + 1;
}
