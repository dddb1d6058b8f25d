import type {
  Call,
  CommitAnswer,
  Row,
  RowPath,
  RowStore,
  RowWrite,
} from '../../../lib/task-numbers/datastore/row-store.js';

export type RowOperation = 'lookup' | 'scan' | 'commit';

/** What happens to one call, in place of going through. */
export type Fault =
  | { readonly type: 'request lost' }
  | { readonly type: 'reply lost' }
  /** Something else happens first, as from another process. */
  | { readonly type: 'overtaken'; readonly by: () => Promise<unknown> };

/** The rows of another store, over a line on which things happen. It counts the calls. */
export class FaultyRowStore implements RowStore {
  readonly calls: RowOperation[] = [];
  readonly commits: (readonly RowWrite[])[] = [];
  private readonly faults: { operation: RowOperation; fault: Fault; matches: RegExp }[] = [];

  constructor(private readonly store: RowStore) {}

  /** For the next call of this operation whose purpose matches. */
  next(operation: RowOperation, fault: Fault, matches = /./): void {
    this.faults.push({ operation, fault, matches });
  }

  /** The operations since the last time this was asked. */
  takeCalls(): RowOperation[] {
    return this.calls.splice(0);
  }

  async lookup(path: RowPath, call: Call): Promise<Row | undefined> {
    return await this.through('lookup', call, () => this.store.lookup(path, call));
  }

  async *scan(kind: string, call: Call): AsyncGenerator<readonly Row[]> {
    const pages = await this.through('scan', call, async () => {
      const all: (readonly Row[])[] = [];
      for await (const page of this.store.scan(kind, call)) {
        all.push(page);
      }
      return all;
    });
    yield* pages;
  }

  async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    this.commits.push(writes);
    return await this.through('commit', call, () => this.store.commit(writes, call));
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private async through<T>(
    operation: RowOperation,
    call: Call,
    send: () => Promise<T>,
  ): Promise<T> {
    this.calls.push(operation);
    const index = this.faults.findIndex(
      one => one.operation === operation && one.matches.test(call.purpose),
    );
    const [found] = index < 0 ? [] : this.faults.splice(index, 1);
    if (found?.fault.type === 'request lost') {
      throw new Error('request lost');
    }
    if (found?.fault.type === 'overtaken') {
      await found.fault.by();
    }
    const answer = await send();
    if (found?.fault.type === 'reply lost') {
      throw new Error('reply lost');
    }
    return answer;
  }
}
