import { nameOf } from '../../../lib/task-numbers/datastore/proto.js';
import type {
  Call,
  CommitAnswer,
  Row,
  RowPath,
  RowStore,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { PassingRowStore } from './passing-row-store.js';

/** The clock of a server that tells times. */
export type ServerClock = () => number;

/**
 * The rows of another store, on a server that tells the times of the test's clock, or none. All writes of a test must go
 * through this store: otherwise it does not know the age of a row.
 */
export class ServerClockRowStore extends PassingRowStore {
  private readonly writtenMs = new Map<string, number>();

  constructor(
    store: RowStore,
    private readonly serverNowMs: ServerClock | undefined,
  ) {
    super(store);
  }

  override async lookup(
    paths: readonly RowPath[],
    call: Call,
  ): Promise<readonly (Row | undefined)[]> {
    const rows = await this.store.lookup(paths, call);
    return rows.map(row => row && this.aged(row));
  }

  override async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    const answer = await this.store.commit(writes, call);
    if (answer.applied && this.serverNowMs) {
      for (const write of writes) {
        const { path } = write.type === 'insert' ? write : write.row;
        this.writtenMs.set(nameOf(path), this.serverNowMs());
      }
    }
    return answer;
  }

  private aged(row: Row): Row {
    return { ...row, ageMs: this.ageMs(row), readMs: this.serverNowMs?.() };
  }

  private ageMs({ path }: Row): number | undefined {
    const writtenMs = this.writtenMs.get(nameOf(path));
    return this.serverNowMs && writtenMs !== undefined ? this.serverNowMs() - writtenMs : undefined;
  }
}
