import type { FieldType } from '../../metrics/fields.js';

/** The primes of xxHash. With related factors, such as powers, the keys of cells would cluster. */
const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
const KEY_BITS = 31;
/** Turns any sum into a key: keys are never negative. */
export const KEY_MASK = 0x7fffffff;

/**
 * Defines how the ids of a cell's target and fields make a key of 31 bits: the key is the sum of all ids, each times the
 * multiplier of its part.
 */
export interface KeyLayout {
  readonly multipliers: readonly number[];
  /**
   * The limits below which the ids of each part must be. Multipliers are then powers of two, and keys are unique. Undefined
   * if ids have no limits: then two cells can have the same key.
   */
  readonly limits: readonly number[] | undefined;
  /** All keys are below this. */
  readonly keys: number;
}

/** Makes the layout of an empty index. */
export function smallest(types: readonly FieldType[]): KeyLayout {
  return sideBySide([1, ...types.map(type => (type === 'bool' ? 2 : 1))]);
}

/** Makes the layout with room for `ids` and for all ids that fit into `layout`. It has as few keys as possible. */
export function widened({ limits = [] }: KeyLayout, ids: readonly number[]): KeyLayout {
  return sideBySide(ids.map((id, part) => Math.max(limits[part]!, 2 ** bitsOf(id))));
}

/** Whether the ids of a cell are below the limits of a layout. */
export function fits({ limits }: KeyLayout, ids: readonly number[]): boolean {
  return limits === undefined || ids.every((id, part) => id < limits[part]!);
}

export function keyOf({ multipliers }: KeyLayout, ids: ArrayLike<number>, start = 0): number {
  let key = 0;
  for (let part = 0; part < multipliers.length; part++) {
    key = (key + Math.imul(ids[start + part]!, multipliers[part]!)) | 0;
  }
  return key & KEY_MASK;
}

/** Makes a layout in which each id has its own bits, so that keys are unique. If a key has too few bits, keys are hashes. */
function sideBySide(limits: readonly number[]): KeyLayout {
  let keys = 1;
  const multipliers = limits.map(limit => {
    const multiplier = keys;
    keys *= limit;
    return multiplier;
  });
  return keys <= 2 ** KEY_BITS ? { multipliers, limits, keys } : mixed(limits.length);
}

/** Makes a layout in which keys are hashes. */
function mixed(parts: number): KeyLayout {
  const multipliers = Array.from({ length: parts }, (_, part) => {
    const lap = Math.floor(part / PRIMES.length);
    return Math.imul(PRIMES[part % PRIMES.length]!, 2 * lap + 1);
  });
  return { multipliers, limits: undefined, keys: 2 ** KEY_BITS };
}

function bitsOf(id: number): number {
  return 32 - Math.clz32(id);
}
