import type { FieldType } from '../../metrics/fields.js';

/** The primes of xxHash. With related factors, such as powers, the keys of cells would cluster. */
const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
const KEY_BITS = 31;
/** Turns any sum into a key: keys are never negative. */
export const KEY_MASK = 0x7fffffff;
const TARGET_BITS = 4;

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
}

/**
 * Makes a layout in which each id has its own bits, so that keys are unique. Targets get few bits, and fields share the
 * others. If there are more bools than bits, keys are hashes.
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

/** Makes a layout in which keys are hashes. */
export function mixed(types: readonly FieldType[]): KeyLayout {
  const multipliers = ['target', ...types].map((_, part) => {
    const lap = Math.floor(part / PRIMES.length);
    return Math.imul(PRIMES[part % PRIMES.length]!, 2 * lap + 1);
  });
  return { multipliers, limits: undefined };
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
