import type { Distribution } from '../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';

/** Earlier than any time. */
const NEVER = -Infinity;

/**
 * Remembers, for each cumulative cell of a metric, the value that monitors have accepted. The value that is sent may be less
 * than the value that the application reads: when the task number changes, a new stream begins with the part that was not yet
 * accepted.
 */
export class Streams {
  /** The last accepted value of each row, up to the highest row that was accepted. */
  private readonly accepted: CellValue[] = [];
  /** The values that were accepted in earlier streams. They are not part of the present streams. */
  private baselines: CellValue[] = [];
  /** When the present stream of each row was last accepted. Kept for distributions only: other cells are never quiet. */
  private acceptedAt: number[] = [];
  private lastAcceptedAt = NEVER;

  constructor(private readonly metric: MetricDeclaration) {}

  /** The value of the present stream of a cell with the value `total`. */
  valueOf(row: number, total: CellValue): CellValue {
    return difference(total, this.baselines[row]);
  }

  /** Whether `total` has a part that no monitor has accepted yet. */
  exceedsAccepted(row: number, total: CellValue): boolean {
    return amountOf(total) > amountOf(this.accepted[row]);
  }

  /** Whether any row was accepted then or later, in its present stream. Always false unless it is a distribution. */
  mayBeQuiet(since: number): boolean {
    return since <= this.lastAcceptedAt;
  }

  /** The part of `total` that no monitor has accepted yet. */
  pendingOf(row: number, total: CellValue): CellValue {
    return difference(total, this.accepted[row]);
  }

  /** Counts all of `total` as accepted, except `pending`. */
  acceptAllBut(row: number, total: CellValue, pending: CellValue, at: number): void {
    this.accept(row, difference(total, pending), at);
  }

  /** Whether the value is the last one that was accepted in the present stream, at `since` or later (F12). */
  isQuiet(row: number, total: CellValue, since: number): boolean {
    const acceptedAt = this.acceptedAt[row] ?? NEVER;
    if (acceptedAt < since) {
      return false;
    }
    const accepted = this.accepted[row] as Distribution;
    const { count, sum } = total as Distribution;
    return count === accepted.count && sum === accepted.sum;
  }

  /** The value that was accepted last, in all streams. Undefined or an initial value before the first time. */
  acceptedOf(row: number): CellValue | undefined {
    return this.accepted[row];
  }

  /** Leaves a part out of the first stream of a row: it was accepted in a stream of another cell. */
  leaveOut(row: number, part: CellValue): void {
    for (const column of [this.accepted, this.baselines]) {
      this.fill(column, row);
      column[row] = part;
    }
  }

  accept(row: number, total: CellValue, at: number): void {
    this.fill(this.accepted, row);
    this.accepted[row] = total;
    if (typeof total === 'object') {
      while (this.acceptedAt.length < row) {
        this.acceptedAt.push(NEVER);
      }
      this.acceptedAt[row] = at;
      this.lastAcceptedAt = at;
    }
  }

  /** V8 handles arrays with gaps slowly. */
  private fill(column: CellValue[], end: number): void {
    while (column.length < end) {
      column.push(this.metric.initialValue()!);
    }
  }

  /** Starts new streams for all cells. */
  start(): void {
    this.baselines = this.accepted.slice();
    this.acceptedAt = [];
    this.lastAcceptedAt = NEVER;
  }

  /** Forgets a row whose cell was removed. */
  forget(row: number): void {
    const initialValue = this.metric.initialValue()!;
    for (const column of [this.accepted, this.baselines]) {
      if (row < column.length) {
        column[row] = initialValue;
      }
    }
    if (row < this.acceptedAt.length) {
      this.acceptedAt[row] = NEVER;
    }
  }
}

/** A cumulative value without its part `less`. */
function difference(total: CellValue, less: CellValue | undefined): CellValue {
  if (!less) {
    return total;
  }
  return typeof total === 'object'
    ? total.minus(less as Distribution)
    : (total as number) - (less as number);
}

/** A number that grows with a cumulative value. */
function amountOf(value: CellValue | undefined): number {
  return typeof value === 'object' ? value.count : Number(value ?? 0);
}
