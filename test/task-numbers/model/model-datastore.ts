import {
  nameOf,
  type ProtoProperties,
  type ProtoValue,
} from '../../../lib/task-numbers/datastore/proto.js';
import type {
  CommitAnswer,
  IndexedRows,
  Row,
  RowPath,
  RowRange,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { ModelTable, type StoredRow } from './model-table.js';

/**
 * `pessimistic` is Firestore in Datastore mode: it tells server times. `optimistic` is the Datastore emulator
 * with `--firestore_in_datastore_mode`, and `entity-groups` the same without it: a commit of more than 25
 * root rows is an error.
 */
export type ConcurrencyMode = 'pessimistic' | 'optimistic' | 'entity-groups';

/** To refuse the commit, to do the write all the same, or to do the others without it. */
export type OnConflict = 'refuse' | 'write' | 'skip';

export interface ModelDatastoreOptions {
  readonly mode: ConcurrencyMode;
  /** The clock of the server, in milliseconds. */
  readonly nowMs?: () => number;
  /** Rows in a page of a scan. */
  readonly pageRows?: number;
  /** What the server does with a write whose condition does not hold. All real ones refuse the whole commit. */
  readonly onConflict?: (write: RowWrite, all: readonly RowWrite[]) => OnConflict;
}

/** A page of a scan, and the name behind which the next one starts. */
export interface Page {
  readonly rows: readonly Row[];
  readonly next: string | undefined;
}

const PAGE_ROWS: Record<ConcurrencyMode, number> = {
  pessimistic: 500,
  optimistic: 300,
  'entity-groups': 300,
};
const MAX_ENTITY_GROUPS = 25;

/**
 * A Datastore that lives in memory. Each call is one step: what takes time, gets lost or overtakes something
 * is the business of the line to it.
 */
export class ModelDatastore {
  private readonly tables = new Map<string, ModelTable>();
  private lastVersion = 1;
  /** The time of the server, in milliseconds. */
  readonly now: () => number;
  private readonly pageRows: number;

  constructor(private readonly options: ModelDatastoreOptions) {
    this.now = options.nowMs ?? Date.now;
    this.pageRows = options.pageRows ?? PAGE_ROWS[options.mode];
  }

  lookup(paths: readonly RowPath[]): (Row | undefined)[] {
    return paths.map(path => {
      const stored = this.stored(path);
      return stored && { ...rowOf(stored), ...this.times(stored) };
    });
  }

  page({ kind, namePrefix = '' }: RowRange, after: string | undefined): Page {
    const table = this.table(kind);
    const names = table.namesAfter(after, namePrefix, this.pageRows);
    const isFull = names.length === this.pageRows;
    return {
      rows: names.map(name => rowOf(table.get(name)!)),
      next: isFull ? names.at(-1) : undefined,
    };
  }

  exists({ kind, property, atLeast }: IndexedRows): boolean {
    return this.table(kind)
      .all()
      .some(({ properties }) => {
        const value = properties[property];
        return (
          value?.integerValue !== undefined &&
          !value.excludeFromIndexes &&
          BigInt(value.integerValue) >= BigInt(atLeast)
        );
      });
  }

  /** @throws Error where no answer is defined, or it is INVALID_ARGUMENT. */
  commit(writes: readonly RowWrite[]): CommitAnswer {
    this.assertValid(writes);
    const skipped = new Set<RowWrite>();
    for (const write of writes) {
      const reason = this.refusal(write);
      if (!reason) {
        continue;
      }
      const reaction = this.options.onConflict?.(write, writes) ?? 'refuse';
      if (reaction === 'refuse') {
        return { applied: false, reason };
      }
      if (reaction === 'skip') {
        skipped.add(write);
      }
    }
    return {
      applied: true,
      versions: writes.map(write => (skipped.has(write) ? '0' : this.apply(write))),
    };
  }

  /** Writes a row whatever was there before, as no code of ours does. */
  put(path: RowPath, properties: ProtoProperties): void {
    this.write(path, properties);
  }

  /** Deletes a row whatever it has become. */
  remove(path: RowPath): void {
    this.table(kindOf(path)).delete(nameOf(path));
  }

  rows(kind: string): Row[] {
    return this.table(kind).all().map(rowOf);
  }

  stored(path: RowPath): StoredRow | undefined {
    return this.table(kindOf(path)).get(nameOf(path));
  }

  private refusal(write: RowWrite): string | undefined {
    const stored = this.stored(pathOf(write));
    if (write.type === 'insert') {
      return stored && 'ALREADY_EXISTS';
    }
    if (stored?.version === write.row.version) {
      return undefined;
    }
    const isGone = stored === undefined && write.type === 'update';
    return isGone && this.options.mode !== 'pessimistic' ? 'NOT_FOUND' : 'FAILED_PRECONDITION';
  }

  private assertValid(writes: readonly RowWrite[]): void {
    const keys = new Set(writes.map(write => `${kindOf(pathOf(write))}/${nameOf(pathOf(write))}`));
    if (keys.size < writes.length) {
      throw new Error('one row twice in one commit: the modes answer that differently');
    }
    if (this.options.mode === 'entity-groups' && keys.size > MAX_ENTITY_GROUPS) {
      throw new Error(
        'INVALID_ARGUMENT: operating on too many entity groups in a single transaction',
      );
    }
  }

  /** @returns the version of the row after the write. */
  private apply(write: RowWrite): string {
    if (write.type === 'delete') {
      this.table(kindOf(write.row.path)).delete(nameOf(write.row.path));
      return String(++this.lastVersion);
    }
    return this.write(pathOf(write), write.properties);
  }

  private write(path: RowPath, properties: ProtoProperties): string {
    const stored = this.stored(path);
    if (stored && isSame(stored.properties, properties)) {
      return stored.version;
    }
    const version = String(++this.lastVersion);
    const row = { path, properties, version, writtenMs: this.now() };
    this.table(kindOf(path)).set(nameOf(path), row);
    return version;
  }

  private times({ writtenMs }: StoredRow): Pick<Row, 'ageMs' | 'readMs'> {
    const nowMs = this.now();
    return this.options.mode === 'pessimistic'
      ? { ageMs: nowMs - writtenMs, readMs: nowMs }
      : { ageMs: undefined, readMs: undefined };
  }

  private table(kind: string): ModelTable {
    let table = this.tables.get(kind);
    if (!table) {
      this.tables.set(kind, (table = new ModelTable()));
    }
    return table;
  }
}

/** The path of the row that a write changes. */
export function pathOf(write: RowWrite): RowPath {
  return write.type === 'insert' ? write.path : write.row.path;
}

/** The kind of the row of a path. The model knows rows without parents alone. */
export function kindOf(path: RowPath): string {
  const [element, child] = path;
  if (element?.name === undefined || child) {
    throw new Error(`the model does not know such a path: ${JSON.stringify(path)}`);
  }
  return element.kind;
}

function rowOf({ path, properties, version }: StoredRow): Row {
  return { path, properties, version };
}

function isSame(a: ProtoProperties, b: ProtoProperties): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(name => b[name] && isSameValue(a[name]!, b[name]))
  );
}

function isSameValue(a: ProtoValue, b: ProtoValue): boolean {
  return a === b || (a.stringValue === b.stringValue && canonical(a) === canonical(b));
}

/** A value as text, in which 1 and '1' are the same integer. */
export function canonical(value: ProtoValue): string {
  const { integerValue, timestampValue, stringValue, booleanValue, excludeFromIndexes } = value;
  const time = timestampValue && `${timestampValue.seconds ?? 0}.${timestampValue.nanos ?? 0}`;
  return `${integerValue} ${time} ${booleanValue} ${excludeFromIndexes ?? false} ${stringValue}`;
}
