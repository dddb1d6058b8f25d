import type { Distribution } from '../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';

/**
 * What monitors have accepted of the cumulative cells of a metric, by row. What is sent may be less than the value
 * that the application reads: a stream that starts anew, because the task number changed, begins with what was not
 * yet accepted.
 */
export class Streams {
  /** The values that were accepted last, for as many rows as needed so far. */
  private readonly accepted: CellValue[] = [];
  /** What was accepted under former streams, and is no part of the present one. */
  private baselines: CellValue[] = [];

  constructor(private readonly metric: MetricDeclaration) {}

  /** The value of the present stream, where the cell has the value `total`. */
  valueOf(row: number, total: CellValue): CellValue {
    const baseline = this.baselines[row];
    if (!baseline) {
      return total;
    }
    return typeof total === 'object'
      ? total.minus(baseline as Distribution)
      : (total as number) - (baseline as number);
  }

  /** Whether a part of `total` was not accepted by any monitor yet. */
  exceedsAccepted(row: number, total: CellValue): boolean {
    return amountOf(total) > amountOf(this.accepted[row]);
  }

  accept(row: number, total: CellValue): void {
    // An array with gaps is slow.
    while (this.accepted.length < row) {
      this.accepted.push(this.metric.initialValue()!);
    }
    this.accepted[row] = total;
  }

  /** New streams, of all cells. */
  start(): void {
    this.baselines = this.accepted.slice();
  }

  /** Forgets a row whose cell is gone. */
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
