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

/** `page` is one page of a scan. */
export type TimedOperation = 'lookup' | 'page' | 'exists' | 'commit';

/** The rows of another store. It measures how long each answer takes. */
export class TimedRowStore implements RowStore {
  readonly timesMs: Record<TimedOperation, number[]> = {
    lookup: [],
    page: [],
    exists: [],
    commit: [],
  };

  constructor(private readonly store: RowStore) {}

  /** How many answers there were. */
  get calls(): number {
    return Object.values(this.timesMs).reduce((sum, times) => sum + times.length, 0);
  }

  lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]> {
    return this.timed('lookup', () => this.store.lookup(paths, call));
  }

  async *scan(range: RowRange, call: Call): AsyncGenerator<readonly Row[]> {
    const pages = this.store.scan(range, call)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await this.timed('page', () => pages.next());
      if (done) {
        return;
      }
      yield value;
    }
  }

  exists(rows: IndexedRows, call: Call): Promise<boolean> {
    return this.timed('exists', () => this.store.exists(rows, call));
  }

  commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    return this.timed('commit', () => this.store.commit(writes, call));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async timed<T>(operation: TimedOperation, ask: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    const answer = await ask();
    this.timesMs[operation].push(performance.now() - startMs);
    return answer;
  }
}
