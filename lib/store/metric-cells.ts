import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { ReservedTargets } from '../targets/reserved-targets.js';
import type { Target } from '../targets/target.js';
import type { Exemplar } from './cell.js';
import { RecordedCells, type RecordingOwner } from './recorded-cells.js';
import { SentMetric, type ConstantFields } from './sent-metric.js';
import type { StoredCell } from './stored-cell.js';
import { Streams } from './streams.js';

/** The part of the store that the cells of a metric need. */
export interface CellsOwner extends RecordingOwner {
  /** When the cells that are being sent were captured, in milliseconds since an arbitrary origin. */
  readonly capturedAt: number;
  /** Targets whose cells are not sent. */
  readonly reservedTargets: ReservedTargets | undefined;
  noteReserved(metric: MetricDeclaration, target: Target): void;
}

/** The cells of one metric. Adds to {@link RecordedCells} what sending needs: which cells are due, how monitors see them, and what was accepted. */
export class MetricCells extends RecordedCells {
  /** How many points monitors have accepted. */
  acceptedPoints = 0;
  /** The metric as monitors get it. It is the metric itself unless there are constant fields. */
  sentMetric: MetricDeclaration;
  private constantValues: readonly FieldValue[] = [];
  private readonly streams: Streams | undefined;

  constructor(
    metric: MetricDeclaration,
    private readonly store: CellsOwner,
    recording: boolean,
  ) {
    super(metric, store, recording);
    this.sentMetric = metric;
    this.streams = metric.kind.cumulative ? new Streams(metric) : undefined;
  }

  /** Adds fields to all cells as monitors get them, instead of those from before. A field of the metric itself wins. */
  useConstantFields(fields: ConstantFields): void {
    const { names } = this.metric.fields;
    const added = Object.entries(fields).filter(([name]) => !names.includes(name));
    this.constantValues = added.map(([, value]) => value);
    this.sentMetric =
      added.length === 0 ? this.metric : new SentMetric(this.metric, Object.fromEntries(added));
  }

  /** The rows of all cells, except cells under a reserved target. */
  rowsToSend(): Int32Array {
    const rows = this.rows();
    const { reservedTargets } = this.store;
    if (!reservedTargets) {
      return rows;
    }
    const leftOut = this.index.rowsWithTarget(rows, target => reservedTargets.has(target));
    if (leftOut.size === 0) {
      return rows;
    }
    const [first] = leftOut;
    this.store.noteReserved(this.metric, this.index.targetOf(first!)!);
    return rows.filter(row => !leftOut.has(row));
  }

  /** Leaves out quiet rows: accepted since then, and not changed. */
  withoutQuiet(rows: Int32Array, quietSince: number): Int32Array {
    const { streams, values } = this;
    return streams?.mayBeQuiet(quietSince)
      ? rows.filter(row => !streams.isQuiet(row, values[row]!, quietSince))
      : rows;
  }

  /** Whether a flush leaves the cell out as it is now: see {@link withoutQuiet}. */
  isQuiet(row: number, quietSince: number): boolean {
    const { streams, values } = this;
    return !!streams?.mayBeQuiet(quietSince) && streams.isQuiet(row, values[row]!, quietSince);
  }

  /** Returns a value that later recordings do not change. */
  copyOfValue(row: number): CellValue {
    const value = this.values[row]!;
    // A gauge replaces its value and never changes it.
    return this.streams && typeof value === 'object' ? value.clone() : value;
  }

  /** The exemplars of a cell that no monitor has accepted yet; undefined if there are none. */
  exemplarsToSend(row: number): readonly Exemplar[] | undefined {
    return this.exemplars?.unaccepted(row);
  }

  /** The field values of a cell as monitors get them. */
  sentFieldValuesOf(row: number): FieldValue[] {
    const values = this.index.fieldValuesOf(row);
    return this.constantValues.length === 0 ? values : [...values, ...this.constantValues];
  }

  /** Returns the cell with the constant fields. */
  asSent(cell: StoredCell): StoredCell {
    const { sentMetric: metric, constantValues } = this;
    return constantValues.length === 0
      ? cell
      : { ...cell, metric, fieldValues: [...cell.fieldValues, ...constantValues] };
  }

  /** The part of `total`, the value of a cell, that is sent. */
  sentValue(row: number, total: CellValue): CellValue {
    if (this.streams) {
      return this.streams.valueOf(row, total);
    }
    return typeof total === 'object' ? total.clone() : total;
  }

  /** Notes that a monitor has accepted the value of a cell, and its exemplars if there are any. */
  accept(row: number, total: CellValue, exemplars: readonly Exemplar[] | undefined): void {
    this.acceptedPoints += 1;
    this.streams?.accept(row, total, this.store.capturedAt);
    if (exemplars !== undefined) {
      this.exemplars?.accept(exemplars);
    }
  }

  /** Whether a cumulative cell has increments that no monitor has accepted yet. */
  exceedsAccepted(row: number, total: CellValue): boolean {
    return this.streams?.exceedsAccepted(row, total) ?? false;
  }

  /** The value of a cumulative cell that monitors have accepted. */
  acceptedOf(row: number): CellValue | undefined {
    return this.streams?.acceptedOf(row);
  }

  /** The part of a cumulative cell that no monitor has accepted yet. Undefined for a gauge. */
  pendingOf(row: number): CellValue | undefined {
    return this.streams?.pendingOf(row, this.values[row]!);
  }

  /** Counts a cell as accepted, except `pending`, so that the rest is never sent. */
  acceptAllBut(row: number, pending: CellValue): void {
    this.streams?.acceptAllBut(row, this.values[row]!, pending, this.store.capturedAt);
  }

  /** Leaves a part out of the first stream of a new cumulative cell: it was accepted for the cell that was there before. */
  leaveOut(row: number, part: CellValue): void {
    this.streams?.leaveOut(row, part);
  }

  startStreams(resetTime: number): void {
    this.streams?.start();
    // A sum that may fall is a gauge here, but it has streams where it is sent as a sum.
    if (this.streams || this.metric.origin?.kind === 'up-down') {
      this.resetTimes.fill(resetTime);
    }
  }

  protected override free(row: number): void {
    super.free(row);
    this.streams?.forget(row);
  }
}
