import type {
  Call,
  CommitAnswer,
  RowStore,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { PassingRowStore } from './passing-row-store.js';

/** The rows of another store, on a server that limits the rows of a commit. */
export class SmallCommitsRowStore extends PassingRowStore {
  constructor(
    store: RowStore,
    private readonly maxRows: number,
  ) {
    super(store);
  }

  override async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    if (writes.length > this.maxRows) {
      throw new Error(
        `Datastore failed ${call.purpose}: 3 INVALID_ARGUMENT: operating on too many entity groups`,
      );
    }
    return await super.commit(writes, call);
  }
}
