import type {
  Call,
  CommitAnswer,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';
import { PassingRowStore } from './passing-row-store.js';

/** The rows of another store, on a server that applies a write whatever version it names. */
export class CarelessRowStore extends PassingRowStore {
  override async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    const unconditional = writes.map(async write => {
      if (write.type === 'insert') {
        return write;
      }
      const [row = write.row] = await this.store.lookup([write.row.path], call);
      return { ...write, row };
    });
    return await super.commit(await Promise.all(unconditional), call);
  }
}
