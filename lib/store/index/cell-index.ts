import type { FieldSchema, FieldValue } from '../../metrics/fields.js';
import type { Target } from '../../targets/target.js';
import { createFinder, NO_KEY, NO_ROW, type CellFinder, type KeyTable } from './cell-finder.js';
import { createDictionary, SPREAD, type Dictionary } from './dictionary.js';
import { fits, keyOf, smallest, widened, type KeyLayout } from './key-layout.js';
import { OWN_TARGET, TargetDictionary } from './target-dictionary.js';

const INITIAL_SLOTS = 16;
/** An array of the rows of all keys takes no more memory than a hash table with this many keys a cell. */
const MOST_KEYS_A_CELL = 8;
const NO_ENTRIES = new Int32Array();
const NO_ROWS: Set<number> = new Set();

/**
 * Finds cells by their target and field values. Each cell has a row. The index keeps the ids of the target and field values
 * of each row, and makes a key from them. A hash table maps keys to rows.
 */
export class CellIndex implements KeyTable {
  readonly dictionaries: readonly Dictionary[];
  readonly find: CellFinder;
  private readonly targets = new TargetDictionary();
  layout: KeyLayout;
  /** The number of ids of a cell: one for the target, and one for each field. */
  private readonly width: number;
  private cells = 0;

  // Read by finders.
  targetMultiplier = 1;
  ids: Int32Array;
  rows: Int32Array | undefined;
  entries = NO_ENTRIES;
  mask = 0;
  shift = 0;

  constructor(schema: FieldSchema) {
    this.dictionaries = schema.types.map(createDictionary);
    this.width = schema.names.length + 1;
    this.ids = new Int32Array(this.width);
    this.layout = smallest(schema.types);
    this.rebuild([]);
    this.find = createFinder(this, schema);
  }

  /** The number of cells. */
  get size(): number {
    return this.cells;
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
      const others = this.linkedRows();
      this.layout = widened(this.layout, ids);
      this.rebuild(others);
    } else if (!this.rows && 2 * this.cells > this.mask + 1) {
      this.rebuild(this.linkedRows());
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

  private linkedRows(): Int32Array {
    return this.rows
      ? this.rows.filter(row => row !== NO_ROW)
      : this.entries.filter((row, i) => i % 2 === 1 && row !== NO_ROW);
  }

  /** Links the rows by their keys in the present layout, in an array or hash table with room for more. */
  private rebuild(rows: Int32Array | readonly number[]): void {
    const { multipliers, keys } = this.layout;
    this.targetMultiplier = multipliers[0]!;
    this.dictionaries.forEach((dictionary, i) => (dictionary.multiplier = multipliers[i + 1]!));
    if (keys <= MOST_KEYS_A_CELL * Math.max(INITIAL_SLOTS, this.cells)) {
      this.rows = new Int32Array(keys).fill(NO_ROW);
      this.entries = NO_ENTRIES;
    } else {
      const slots = slotsFor(this.cells);
      this.rows = undefined;
      this.entries = new Int32Array(2 * slots).fill(NO_KEY);
      this.mask = slots - 1;
      this.shift = shiftOf(slots);
    }
    rows.forEach(row => this.link(row));
  }

  private link(row: number): void {
    const key = this.keyOf(row);
    if (this.rows) {
      this.rows[key] = row;
      return;
    }
    let at = this.homeOf(key);
    while (this.entries[2 * at] !== NO_KEY) {
      at = (at + 1) & this.mask;
    }
    this.entries.set([key, row], 2 * at);
  }

  private unlink(row: number): void {
    const key = this.keyOf(row);
    if (this.rows) {
      this.rows[key] = NO_ROW;
    } else {
      this.unlinkHashed(row, key);
    }
  }

  /** Removes a row, and moves later entries into the hole, so that no search ends too early. */
  private unlinkHashed(row: number, key: number): void {
    const { entries, mask } = this;
    let hole = this.homeOf(key);
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

  private keyOf(row: number): number {
    return keyOf(this.layout, this.ids, row * this.width);
  }

  /** Returns the slot where the search for a key starts. */
  private homeOf(key: number): number {
    return Math.imul(key, SPREAD) >>> this.shift;
  }
}

/** Returns a power of two that is more than twice the number of cells. */
function slotsFor(cells: number): number {
  return Math.max(INITIAL_SLOTS, 2 ** (33 - Math.clz32(cells)));
}

/** Returns the shift that turns a product of 32 bits into one of so many slots, a power of two. */
function shiftOf(slots: number): number {
  return Math.clz32(slots) + 1;
}
