import type { Distribution } from '../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';

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

  constructor(private readonly metric: MetricDeclaration) {}

  /** The value of the present stream of a cell with the value `total`. */
  valueOf(row: number, total: CellValue): CellValue {
    const baseline = this.baselines[row];
    if (!baseline) {
      return total;
    }
    return typeof total === 'object'
      ? total.minus(baseline as Distribution)
      : (total as number) - (baseline as number);
  }

  /** Whether `total` has a part that no monitor has accepted yet. */
  exceedsAccepted(row: number, total: CellValue): boolean {
    return amountOf(total) > amountOf(this.accepted[row]);
  }

  accept(row: number, total: CellValue): void {
    // V8 handles arrays with gaps slowly.
    while (this.accepted.length < row) {
      this.accepted.push(this.metric.initialValue()!);
    }
    this.accepted[row] = total;
  }

  /** Starts new streams for all cells. */
  start(): void {
    this.baselines = this.accepted.slice();
  }

  /** Forgets a row whose cell was removed. */
  forget(row: number): void {
    const initialValue = this.metric.initialValue()!;
    for (const column of [this.accepted, this.baselines]) {
      if (row < column.length) {
        column[row] = initialValue;
      }
    }
  }
}

/** A number that grows with a cumulative value. */
function amountOf(value: CellValue | undefined): number {
  return typeof value === 'object' ? value.count : Number(value ?? 0);
}
