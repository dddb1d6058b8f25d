import type { FieldType, FieldValue } from '../../metrics/fields.js';

/** Fibonacci hashing: the top bits of `key * SPREAD` are the slot. They depend on all bits of the key. */
export const SPREAD = 0x9e3779b1;

/** The id of a value that is not in the dictionary or has another type. */
export const UNKNOWN = -1;

/**
 * Gives each value of one field a small id. Cells store ids, and are found by them. A value of a wrong type is just
 * unknown, so that finding needs no checks.
 */
export interface Dictionary {
  /** The factor by which an id goes into the key of a cell. */
  multiplier: number;
  /** Returns the id of a value, or {@link UNKNOWN}. */
  idOf(value: unknown): number;
  valueOf(id: number): FieldValue;
  /** Counts one more cell with the value, and returns its id. */
  retain(value: FieldValue): number;
  /** Counts one cell less with the value, and forgets a value without cells. */
  release(id: number): void;
}

export function createDictionary(type: FieldType): Dictionary {
  switch (type) {
    case 'string':
      return new StringDictionary();
    case 'int':
      return new IntDictionary();
    case 'bool':
      return new BoolDictionary();
  }
}

/** Counts the cells that have a value. */
abstract class CountingDictionary<V extends FieldValue> implements Dictionary {
  multiplier = 1;
  private readonly values: V[] = [];
  private readonly uses: number[] = [];
  private readonly free: number[] = [];

  abstract idOf(value: unknown): number;
  protected abstract link(value: V, id: number): void;
  protected abstract unlink(value: V): void;

  valueOf(id: number): V {
    return this.values[id]!;
  }

  retain(value: V): number {
    const known = this.idOf(value);
    if (known !== UNKNOWN) {
      this.uses[known]! += 1;
      return known;
    }
    const id = this.free.pop() ?? this.values.length;
    this.values[id] = value;
    this.uses[id] = 1;
    this.link(value, id);
    return id;
  }

  release(id: number): void {
    this.uses[id]! -= 1;
    if (this.uses[id] === 0) {
      this.unlink(this.values[id]!);
      this.free.push(id);
    }
  }
}

/** The number of slots in which a string is looked for. */
const PROBES = 4;
const INITIAL_SLOTS = 8;
/** Marks a slot without a string. It is longer than any field value that is stored. */
const EMPTY = ' '.repeat(1025);

/**
 * Finds strings in a hash table of its own, by a hash of few characters. A Map takes twice to three times as
 * long where the values come in random order. Strings that find no slot are in a Map, so that equal hashes cost little.
 */
class StringDictionary extends CountingDictionary<string> {
  private strings: string[] = [];
  private ids = new Int32Array();
  private shift = 0;
  private readonly others = new Map<string, number>();
  private size = 0;
  /** The value that was looked up last: recordings often repeat the same value. */
  last = EMPTY;
  lastId = UNKNOWN;

  constructor() {
    super();
    this.rebuild(INITIAL_SLOTS);
  }

  idOf(value: unknown): number {
    if (typeof value !== 'string') {
      return UNKNOWN;
    }
    const home = this.homeOf(value);
    if (this.strings[home] !== value) {
      return this.search(value, home);
    }
    this.last = value;
    this.lastId = this.ids[home]!;
    return this.lastId;
  }

  private search(value: string, home: number): number {
    for (let at = home + 1; at < home + PROBES; at++) {
      if (this.strings[at] === value) {
        return this.ids[at]!;
      }
    }
    return this.others.get(value) ?? UNKNOWN;
  }

  protected link(value: string, id: number): void {
    this.size += 1;
    if (2 * this.size > this.strings.length) {
      this.rebuild(2 ** (34 - Math.clz32(this.size)));
    }
    this.put(value, id);
  }

  protected unlink(value: string): void {
    this.size -= 1;
    this.last = EMPTY;
    this.lastId = UNKNOWN;
    const home = this.homeOf(value);
    const at = this.strings.indexOf(value, home);
    if (at < 0 || at >= home + PROBES) {
      this.others.delete(value);
    } else {
      this.strings[at] = EMPTY;
      this.ids[at] = UNKNOWN;
    }
  }

  private put(value: string, id: number): void {
    const home = this.homeOf(value);
    const at = this.strings.indexOf(EMPTY, home);
    if (at < 0 || at >= home + PROBES) {
      this.others.set(value, id);
    } else {
      this.strings[at] = value;
      this.ids[at] = id;
    }
  }

  private rebuild(slots: number): void {
    const { strings, ids } = this;
    this.strings = Array.from({ length: slots + PROBES - 1 }, () => EMPTY);
    this.ids = new Int32Array(slots + PROBES - 1).fill(UNKNOWN);
    this.shift = Math.clz32(slots) + 1;
    const others = [...this.others];
    this.others.clear();
    strings.forEach((value, at) => {
      if (value !== EMPTY) {
        this.put(value, ids[at]!);
      }
    });
    others.forEach(([value, id]) => this.put(value, id));
  }

  /** Returns the first of the slots in which a string may be. */
  private homeOf(value: string): number {
    const last = value.length - 1;
    if (last < 2) {
      return last < 0
        ? 0
        : Math.imul(value.charCodeAt(0) ^ (value.charCodeAt(last) << 5), SPREAD) >>> this.shift;
    }
    const hash =
      value.charCodeAt(last) ^
      (value.charCodeAt(last - 1) << 5) ^
      (value.charCodeAt(last - 2) << 10) ^
      (value.charCodeAt(last >>> 1) << 15) ^
      (value.charCodeAt(last >>> 2) << 20) ^
      last;
    return Math.imul(hash, SPREAD) >>> this.shift;
  }
}

/** Integers below this are looked up in an array: most are status codes or small enumerations. */
export const SMALL_INTEGERS = 1024;

class IntDictionary extends CountingDictionary<number> {
  /** The ids of small integers, or {@link UNKNOWN}. */
  readonly small = new Int32Array(SMALL_INTEGERS).fill(UNKNOWN);
  private readonly others = new Map<number, number>();

  idOf(value: unknown): number {
    if (typeof value !== 'number') {
      return UNKNOWN;
    }
    return this.small[value] ?? this.others.get(value) ?? UNKNOWN;
  }

  protected link(value: number, id: number): void {
    if (value in this.small) {
      this.small[value] = id;
    } else {
      this.others.set(value, id);
    }
  }

  protected unlink(value: number): void {
    if (value in this.small) {
      this.small[value] = UNKNOWN;
    } else {
      this.others.delete(value);
    }
  }
}

class BoolDictionary implements Dictionary {
  multiplier = 1;

  idOf(value: unknown): number {
    return value === true ? 1 : value === false ? 0 : UNKNOWN;
  }

  valueOf(id: number): boolean {
    return id === 1;
  }

  retain(value: FieldValue): number {
    return value ? 1 : 0;
  }

  release(): void {}
}
