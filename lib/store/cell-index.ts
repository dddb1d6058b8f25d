import type { FieldSchema, FieldValue } from '../metrics/fields.js';
import type { Target } from '../targets/target.js';
import { createFinder, type CellFinder, type CellHashTable } from './cell-finder.js';
import { HASH_BITS, multiplierOf, NO_ROW } from './cell-hash.js';
import { createDictionary, type Dictionary } from './dictionary.js';
import { TargetDictionary } from './target-dictionary.js';

const FIRST_SLOT_BITS = 4;

/**
 * Finds cells by their target and field values. A cell is a row; of each the index knows the numbers that stand for
 * these parts, and a hash table with open addressing leads from them to the row.
 */
export class CellIndex implements CellHashTable {
  readonly dictionaries: readonly Dictionary[];
  readonly find: CellFinder;
  private readonly targets = new TargetDictionary();
  private readonly multipliers: readonly number[];
  /** How many parts an identity has: the target, then the fields. */
  private readonly width: number;
  private cells = 0;

  // What a finder reads.
  ids: Int32Array;
  slots = new Int32Array(2 ** FIRST_SLOT_BITS).fill(NO_ROW);
  mask = 2 ** FIRST_SLOT_BITS - 1;
  shift = HASH_BITS - FIRST_SLOT_BITS;

  constructor({ names, types }: FieldSchema) {
    this.dictionaries = types.map(createDictionary);
    this.width = names.length + 1;
    this.multipliers = Array.from({ length: this.width }, (_, part) => multiplierOf(part));
    this.ids = new Int32Array(this.width);
    this.find = createFinder(this, names);
  }

  /** How many cells there are. */
  get size(): number {
    return this.cells;
  }

  /** The row of a cell, or {@link NO_ROW}. */
  findUnder(target: Target | undefined, fields: unknown): number {
    return target === undefined ? this.find(0, fields) : this.findOther(target, fields);
  }

  private findOther(target: Target, fields: unknown): number {
    const id = this.targets.idOf(target);
    return id < 0 ? NO_ROW : this.find(id, fields);
  }

  targetOf(row: number): Target | undefined {
    return this.targets.valueOf(this.ids[row * this.width]!);
  }

  fieldValuesOf(row: number): FieldValue[] {
    const start = row * this.width + 1;
    return this.dictionaries.map((dictionary, i) => dictionary.valueOf(this.ids[start + i]!));
  }

  /** The row of the cell with these parts. */
  rowOf(parts: readonly number[]): number {
    for (let at = this.hashOf(parts) >>> this.shift; ; at = (at + 1) & this.mask) {
      const row = this.slots[at]!;
      if (row === NO_ROW || parts.every((id, part) => this.ids[row * this.width + part] === id)) {
        return row;
      }
    }
  }

  /** @param row a number that no other cell has; small, since there is room for all below it. */
  add(row: number, target: Target | undefined, values: readonly FieldValue[]): void {
    this.reserve(row);
    this.ids[row * this.width] = this.targets.retain(target);
    for (let i = 0; i < values.length; i++) {
      this.ids[row * this.width + 1 + i] = this.dictionaries[i]!.retain(values[i]!);
    }
    this.cells += 1;
    if (2 * this.cells > this.slots.length) {
      this.spread();
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

  /** Makes room, before there is one more cell than the table may hold. */
  private spread(): void {
    const rows = this.slots.filter(row => row !== NO_ROW);
    this.slots = new Int32Array(2 * this.slots.length).fill(NO_ROW);
    this.mask = this.slots.length - 1;
    this.shift -= 1;
    rows.forEach(row => this.link(row));
  }

  private link(row: number): void {
    let at = this.homeOf(row);
    while (this.slots[at] !== NO_ROW) {
      at = (at + 1) & this.mask;
    }
    this.slots[at] = row;
  }

  /** Moves back what the row has kept from its place, so that no search ends too early. */
  private unlink(row: number): void {
    let hole = this.homeOf(row);
    while (this.slots[hole] !== row) {
      hole = (hole + 1) & this.mask;
    }
    for (let at = (hole + 1) & this.mask; this.slots[at] !== NO_ROW; at = (at + 1) & this.mask) {
      const distance = (at - this.homeOf(this.slots[at]!)) & this.mask;
      if (distance >= ((at - hole) & this.mask)) {
        this.slots[hole] = this.slots[at]!;
        hole = at;
      }
    }
    this.slots[hole] = NO_ROW;
  }

  /** Where the search for a row begins. */
  private homeOf(row: number): number {
    const start = row * this.width;
    return this.hashOf(this.ids.subarray(start, start + this.width)) >>> this.shift;
  }

  private hashOf(parts: ArrayLike<number>): number {
    let hash = 0;
    for (let part = 0; part < this.width; part++) {
      hash = (hash + Math.imul(parts[part]!, this.multipliers[part]!)) | 0;
    }
    return hash;
  }
}
