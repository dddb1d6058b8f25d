import { nameOf } from '../../../lib/task-numbers/datastore/proto.js';
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

/** The clock of a server that tells times. */
export type ServerClock = () => number;

/**
 * The rows of another store, whose server tells the times of a clock of the test's own, or none. All that is
 * written under test must go through one of these, or the age of a row is not known here.
 */
export class ServerClockRowStore implements RowStore {
  private readonly writtenMs = new Map<string, number>();

  constructor(
    private readonly store: RowStore,
    private readonly serverNowMs: ServerClock | undefined,
  ) {}

  async lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]> {
    const rows = await this.store.lookup(paths, call);
    return rows.map(row => row && this.aged(row));
  }

  scan(range: RowRange, call: Call): AsyncIterable<readonly Row[]> {
    return this.store.scan(range, call);
  }

  exists(rows: IndexedRows, call: Call): Promise<boolean> {
    return this.store.exists(rows, call);
  }

  async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    const answer = await this.store.commit(writes, call);
    if (answer.applied && this.serverNowMs) {
      for (const write of writes) {
        const { path } = write.type === 'insert' ? write : write.row;
        this.writtenMs.set(nameOf(path), this.serverNowMs());
      }
    }
    return answer;
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private aged(row: Row): Row {
    return { ...row, ageMs: this.ageMs(row), readMs: this.serverNowMs?.() };
  }

  private ageMs({ path }: Row): number | undefined {
    const writtenMs = this.writtenMs.get(nameOf(path));
    return this.serverNowMs && writtenMs !== undefined ? this.serverNowMs() - writtenMs : undefined;
  }
}
