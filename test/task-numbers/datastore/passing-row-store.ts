import type {
  Call,
  CommitAnswer,
  IndexedRows,
  Row,
  RowPath,
  RowRange,
  RowStore,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';

/** Passes all calls on to another store. Subclasses change some of them. */
export abstract class PassingRowStore implements RowStore {
  constructor(protected readonly store: RowStore) {}

  lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]> {
    return this.store.lookup(paths, call);
  }

  scan(range: RowRange, call: Call): AsyncIterable<readonly Row[]> {
    return this.store.scan(range, call);
  }

  exists(rows: IndexedRows, call: Call): Promise<boolean> {
    return this.store.exists(rows, call);
  }

  commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    return this.store.commit(writes, call);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
