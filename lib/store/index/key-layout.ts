import type { FieldType } from '../../metrics/fields.js';

/** The primes of xxHash. With factors that depend on each other, such as powers, the keys of cells crowd together. */
const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
const KEY_BITS = 31;
/** What makes a key of any sum: keys are never negative. */
export const KEY_MASK = 0x7fffffff;
const TARGET_BITS = 4;

/**
 * How the numbers that stand for the parts of a cell, its target and then its fields, make a key of 31 bits: the sum
 * of them, each times the multiplier of its part.
 */
export interface KeyLayout {
  readonly multipliers: readonly number[];
  /**
   * Below which the number of each part must be: the multipliers are powers of two then, and no two cells have one key.
   * Undefined where all will do, and two cells can have one key.
   */
  readonly limits: readonly number[] | undefined;
}

/**
 * Each number has bits of its own, so no two cells have one key. A target has few, and fields share the others.
 * Where there are more bools than bits, keys are hashes.
 */
export function sideBySide(types: readonly FieldType[]): KeyLayout {
  const bools = types.filter(type => type === 'bool').length;
  const shared = KEY_BITS - TARGET_BITS - bools;
  if (shared < 0) {
    return mixed(types);
  }
  const each = Math.floor(shared / (types.length - bools));
  const bits = types.map(type => (type === 'bool' ? 1 : each));
  const limits = [TARGET_BITS, ...bits].map(some => 2 ** some);
  let next = 1;
  const multipliers = limits.map(limit => {
    const multiplier = next;
    next *= limit;
    return multiplier;
  });
  return { multipliers, limits };
}

/** Keys are hashes. */
export function mixed(types: readonly FieldType[]): KeyLayout {
  const multipliers = ['target', ...types].map((_, part) => {
    const lap = Math.floor(part / PRIMES.length);
    return Math.imul(PRIMES[part % PRIMES.length]!, 2 * lap + 1);
  });
  return { multipliers, limits: undefined };
}

/** Whether keys of this layout tell a cell with these numbers from all others. */
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
