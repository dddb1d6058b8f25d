import type { Row } from '../../../lib/task-numbers/datastore/row-store.js';

export interface StoredRow extends Row {
  /** By the clock of the server. */
  readonly writtenMs: number;
}

/** The rows of one kind, and their names in the order of a scan. */
export class ModelTable {
  private readonly rows = new Map<string, StoredRow>();
  /** Names that were deleted stay in it: a scan passes over them. */
  private sorted: string[] | undefined;

  get(name: string): StoredRow | undefined {
    return this.rows.get(name);
  }

  set(name: string, row: StoredRow): void {
    if (!this.rows.has(name)) {
      this.sorted = undefined;
    }
    this.rows.set(name, row);
  }

  delete(name: string): void {
    this.rows.delete(name);
  }

  all(): StoredRow[] {
    return [...this.rows.values()];
  }

  /** Names that begin with the prefix and come after a given one, in order. */
  namesAfter(after: string | undefined, prefix: string, limit: number): string[] {
    this.sorted ??= [...this.rows.keys()].sort();
    const found: string[] = [];
    for (
      let i = this.firstFrom(after, prefix);
      i < this.sorted.length && found.length < limit;
      i++
    ) {
      const name = this.sorted[i]!;
      if (!name.startsWith(prefix)) {
        break;
      }
      if (this.rows.has(name)) {
        found.push(name);
      }
    }
    return found;
  }

  private firstFrom(after: string | undefined, prefix: string): number {
    const names = this.sorted!;
    const isBefore = (name: string): boolean =>
      after === undefined ? name < prefix : name <= after;
    let low = 0;
    let high = names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(names[middle]!)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
