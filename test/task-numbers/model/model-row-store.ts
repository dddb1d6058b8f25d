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
import type { ModelDatastore, Page } from './model-datastore.js';

/** One request on its way to the server. */
export interface ModelRequest<T = unknown> {
  readonly operation: 'lookup' | 'page' | 'exists' | 'commit' | 'put';
  readonly call: Call;
  /** Of a commit. */
  readonly writes?: readonly RowWrite[];
  /** What the server does with it. May be called more than once, or never. */
  readonly apply: () => T;
}

/** What carries the requests of one process to the server, and the answers back. */
export interface Line {
  send<T>(request: ModelRequest<T>): Promise<T>;
}

/** A line on which nothing ever happens. */
export const directLine: Line = { send: async request => request.apply() };

/** The rows of a {@link ModelDatastore}, seen over a line. Each page of a scan is a request. */
export class ModelRowStore implements RowStore {
  constructor(
    private readonly datastore: ModelDatastore,
    private readonly line: Line = directLine,
  ) {}

  async lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]> {
    const apply = (): readonly (Row | undefined)[] => this.datastore.lookup(paths);
    return await this.line.send({ operation: 'lookup', call, apply });
  }

  async *scan(range: RowRange, call: Call): AsyncGenerator<readonly Row[]> {
    let next: string | undefined;
    do {
      const after = next;
      const apply = (): Page => this.datastore.page(range, after);
      const page = await this.line.send({ operation: 'page', call, apply });
      if (page.rows.length > 0) {
        yield page.rows;
      }
      next = page.next;
    } while (next !== undefined);
  }

  async exists(rows: IndexedRows, call: Call): Promise<boolean> {
    const apply = (): boolean => this.datastore.exists(rows);
    return await this.line.send({ operation: 'exists', call, apply });
  }

  async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    const apply = (): CommitAnswer => this.datastore.commit(writes);
    return await this.line.send({ operation: 'commit', call, writes, apply });
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}
