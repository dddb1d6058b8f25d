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

/** The rows of another store, on a server that applies a write whatever version it names. */
export class CarelessRowStore implements RowStore {
  constructor(private readonly store: RowStore) {}

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
    const unconditional = writes.map(async write => {
      if (write.type === 'insert') {
        return write;
      }
      const [row = write.row] = await this.store.lookup([write.row.path], call);
      return { ...write, row };
    });
    return await this.store.commit(await Promise.all(unconditional), call);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
