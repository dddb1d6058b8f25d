import type { FieldType, FieldValue } from '../../metrics/fields.js';

/** The id of a value that is not in the dictionary or has another type. */
export const UNKNOWN = -1;

/**
 * Gives each value of one field a small id. Cells store ids, and are found by them. A value of a wrong type is just
 * unknown, so that finding needs no checks.
 */
export interface Dictionary {
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

class StringDictionary extends CountingDictionary<string> {
  private readonly ids = new Map<string, number>();
  /** The value that was looked up last: recordings often repeat the same value. */
  last = '';
  lastId = UNKNOWN;

  idOf(value: unknown): number {
    if (typeof value !== 'string') {
      return UNKNOWN;
    }
    const id = this.ids.get(value);
    if (id === undefined) {
      return UNKNOWN;
    }
    this.last = value;
    this.lastId = id;
    return id;
  }

  protected link(value: string, id: number): void {
    this.ids.set(value, id);
    this.last = value;
    this.lastId = id;
  }

  protected unlink(value: string): void {
    this.ids.delete(value);
    this.last = '';
    this.lastId = this.ids.get('') ?? UNKNOWN;
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
