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

export type RowOperation = 'lookup' | 'scan' | 'exists' | 'commit';

/** What happens to one call, in place of going through. */
export type Fault =
  | { readonly type: 'request lost' }
  | { readonly type: 'reply lost' }
  /** The caller hears nothing; the server gets the request when the test says {@link FaultyRowStore.deliver}. */
  | { readonly type: 'request late' }
  /** The server says no, whatever the request. */
  | { readonly type: 'refused'; readonly reason: string }
  /** Something else happens first, as from another process. */
  | { readonly type: 'overtaken'; readonly by: () => Promise<unknown> };

interface PlannedFault {
  readonly operation: RowOperation;
  readonly fault: Fault;
  readonly matches: RegExp;
  times: number;
}

/** The rows of another store, over a line on which things happen. It counts the calls; each page of a scan is one. */
export class FaultyRowStore implements RowStore {
  readonly calls: RowOperation[] = [];
  readonly purposes: string[] = [];
  readonly commits: (readonly RowWrite[])[] = [];
  /** What was scanned. */
  readonly ranges: RowRange[] = [];
  private readonly faults: PlannedFault[] = [];
  private readonly late: (() => Promise<unknown>)[] = [];

  constructor(private readonly store: RowStore) {}

  /** For the next calls of this operation whose purpose matches. */
  next(operation: RowOperation, fault: Fault, matches = /./, times = 1): void {
    this.faults.push({ operation, fault, matches, times });
  }

  /** For all calls of this operation whose purpose matches, until {@link FaultyRowStore.heal}. */
  always(operation: RowOperation, fault: Fault, matches = /./): void {
    this.next(operation, fault, matches, Number.POSITIVE_INFINITY);
  }

  /** From here on nothing happens on the line. */
  heal(): void {
    this.faults.length = 0;
  }

  /** The requests that were late arrive now, one after the other. Gives what the server says to each. */
  async deliver(): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (const send of this.late.splice(0)) {
      answers.push(await send());
    }
    return answers;
  }

  /** The operations since the last time this was asked. */
  takeCalls(): RowOperation[] {
    return this.calls.splice(0);
  }

  async lookup(paths: readonly RowPath[], call: Call): Promise<readonly (Row | undefined)[]> {
    return await this.through('lookup', call, () => this.store.lookup(paths, call));
  }

  async exists(rows: IndexedRows, call: Call): Promise<boolean> {
    return await this.through('exists', call, () => this.store.exists(rows, call));
  }

  async *scan(range: RowRange, call: Call): AsyncGenerator<readonly Row[]> {
    this.ranges.push(range);
    const pages = this.store.scan(range, call)[Symbol.asyncIterator]();
    const next = (): Promise<IteratorResult<readonly Row[]>> =>
      this.through('scan', call, () => pages.next());
    try {
      for (let page = await next(); !page.done; page = await next()) {
        yield page.value;
      }
    } finally {
      await pages.return?.();
    }
  }

  async commit(writes: readonly RowWrite[], call: Call): Promise<CommitAnswer> {
    this.commits.push(writes);
    return await this.through(
      'commit',
      call,
      () => this.store.commit(writes, call),
      reason => ({ applied: false, reason }),
    );
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private async through<T>(
    operation: RowOperation,
    call: Call,
    send: () => Promise<T>,
    refusal?: (reason: string) => T,
  ): Promise<T> {
    this.calls.push(operation);
    this.purposes.push(call.purpose);
    const fault = this.takeFault(operation, call);
    switch (fault?.type) {
      case 'request lost':
        throw new Error('request lost');
      case 'request late':
        this.late.push(send);
        throw new Error('request late');
      case 'reply lost':
        await send();
        throw new Error('reply lost');
      case 'refused':
        if (!refusal) {
          throw new Error(`a ${operation} cannot be refused`);
        }
        return refusal(fault.reason);
      case 'overtaken':
        await fault.by();
    }
    return await send();
  }

  private takeFault(operation: RowOperation, { purpose }: Call): Fault | undefined {
    const planned = this.faults.find(
      one => one.operation === operation && one.matches.test(purpose),
    );
    if (planned && --planned.times <= 0) {
      this.faults.splice(this.faults.indexOf(planned), 1);
    }
    return planned?.fault;
  }
}
