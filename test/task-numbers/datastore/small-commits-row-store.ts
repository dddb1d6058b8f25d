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

/** The rows of another store, on a server that takes so many in one commit. */
export class SmallCommitsRowStore implements RowStore {
  constructor(
    private readonly store: RowStore,
    private readonly maxRows: number,
  ) {}

  lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]> {
    return this.store.lookup(paths, call);
  }

  scan(range: RowRange, call: Call): AsyncIterable<readonly Row[]> {
    return this.store.scan(range, call);
  }

  exists(rows: IndexedRows, call: Call): Promise<boolean> {
    return this.store.exists(rows, call);
  }

  async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    if (writes.length > this.maxRows) {
      throw new Error(
        `Datastore failed ${call.purpose}: 3 INVALID_ARGUMENT: operating on too many entity groups`,
      );
    }
    return await this.store.commit(writes, call);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
