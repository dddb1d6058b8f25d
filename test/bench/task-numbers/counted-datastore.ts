import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { ModelDatastore } from '../../task-numbers/model/model-datastore.js';
import {
  ModelRowStore,
  type Line,
  type ModelRequest,
} from '../../task-numbers/model/model-row-store.js';

/** Operations as Datastore bills them, and the calls by which they were asked for. */
export interface Operations {
  reads: number;
  writes: number;
  deletes: number;
  calls: number;
}

/** A Datastore in memory that counts what it is asked for. */
export class CountedDatastore {
  readonly counted: Operations = { reads: 0, writes: 0, deletes: 0, calls: 0 };
  readonly datastore: ModelDatastore;
  readonly line: Line = {
    send: async <T>(request: ModelRequest<T>): Promise<T> => {
      const answer = request.apply();
      this.count(request, answer);
      return answer;
    },
  };

  constructor(nowMs: () => number) {
    this.datastore = new ModelDatastore({ mode: 'pessimistic', nowMs });
  }

  connect(): RowStore {
    return new ModelRowStore(this.datastore, this.line);
  }

  /** Counts entities that were read, of which a query is at least one, and those that were written or deleted. */
  private count({ operation, writes = [] }: ModelRequest, answer: unknown): void {
    this.counted.calls += 1;
    switch (operation) {
      case 'commit':
        if ((answer as { applied: boolean }).applied) {
          const deletes = writes.filter(({ type }) => type === 'delete').length;
          this.counted.deletes += deletes;
          this.counted.writes += writes.length - deletes;
        }
        break;
      case 'page':
        this.counted.reads += Math.max(1, (answer as { rows: unknown[] }).rows.length);
        break;
      case 'lookup':
        this.counted.reads += (answer as unknown[]).length;
        break;
      default:
        this.counted.reads += 1;
    }
  }
}
