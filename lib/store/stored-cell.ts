import { Distribution } from '../metrics/distribution.js';
import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { RecordingCell } from '../metrics/metric-store.js';
import type { Target } from '../targets/target.js';

/** The cells that a cell is one of. */
export interface CellHome {
  readonly metric: MetricDeclaration;
  /** False while metrics are disabled. */
  readonly recording: boolean;
}

/**
 * A cell in the store. Its `value` is what the application reads and sets. What is sent may be less: a
 * stream that starts anew, because the task number changed, begins with what was not yet accepted.
 */
export class StoredCell implements RecordingCell {
  value: CellValue | undefined;
  /** False once it was removed. */
  linked = true;
  /** The value that a monitor accepted last. */
  private accepted: CellValue | undefined;
  /** What was accepted under former streams, and is no part of the present one. */
  private baseline: CellValue | undefined;

  constructor(
    private readonly home: CellHome,
    readonly fieldValues: readonly FieldValue[],
    readonly target: Target | undefined,
    public resetTime: number,
  ) {
    this.value = home.metric.initialValue();
  }

  get metric(): MetricDeclaration {
    return this.home.metric;
  }

  /** Whoever keeps a cell must ask for another once it was removed, or while nothing is recorded. */
  get attached(): boolean {
    return this.linked && this.home.recording;
  }

  /** The value of the present stream, of which `whole` is a copy of the cell's value. */
  streamValue(whole: CellValue): CellValue {
    if (typeof whole === 'number' && typeof this.baseline === 'number') {
      return whole - this.baseline;
    }
    if (whole instanceof Distribution && this.baseline instanceof Distribution) {
      return whole.minus(this.baseline);
    }
    return whole;
  }

  /** Whether a sum has something in it that no monitor has accepted yet. */
  exceedsAccepted(whole: CellValue): boolean {
    return this.metric.kind.cumulative && amountOf(whole) > amountOf(this.accepted);
  }

  accept(whole: CellValue): void {
    if (this.metric.kind.cumulative) {
      this.accepted = whole;
    }
  }

  startStream(resetTime: number): void {
    this.baseline = this.accepted;
    this.resetTime = resetTime;
  }
}

/** A number that grows with a cumulative value. */
function amountOf(value: CellValue | undefined): number {
  return value instanceof Distribution ? value.count : Number(value ?? 0);
}
