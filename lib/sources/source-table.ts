import { errorMessage } from '../log.js';
import { hasFewerSamples, isDistribution, type Distribution } from '../metrics/distribution.js';
import type { CellValue } from '../metrics/metric-declaration.js';
import type { MetricOrigin } from '../metrics/metric-origin.js';
import { NOWHERE } from '../metrics/metric-store.js';
import { wrongNumber } from '../metrics/numbers.js';
import type { InMemoryStore } from '../store/in-memory-store.js';
import type { MetricCells } from '../store/metric-cells.js';
import type { AttributeSet } from './attribute-set.js';
import { HistogramLayout } from './histogram-layout.js';
import type { SourceHistogram, SourceMetric, SourcePoint } from './metric-source.js';
import { SourceDeclaration } from './source-declaration.js';

const SAME_ATTRIBUTES =
  'Several points have the same attributes, and the first is sent. Undefined attributes are left out, and long ones are cut.';

/** Reports what a table has changed or left out. */
export interface TableProblems {
  /** A value cannot be sent. */
  skipped(metricName: string, reason: string): void;
  /** A histogram has too many bounds. */
  merged(metricName: string, bounds: number): void;
}

/** A cell of a table. While the row has this generation, it holds the same cell. */
export interface CellPlace {
  readonly row: number;
  readonly generation: number;
}

/** The cells of one metric of a source that have the same set of attributes. */
export class SourceTable {
  readonly declaration: SourceDeclaration;
  private readonly cells: MetricCells;
  private readonly isInteger: boolean;
  /** The number of the last read that has written each row. */
  private readonly readOf: number[] = [];
  private read = 1;
  /** How many rows the present read has written. */
  private writtenRows = 0;
  private newPoints: SourcePoint[] = [];
  private readonly pending = new Map<number, { value: CellValue; generation: number }>();
  private layout: HistogramLayout | undefined;
  /** The layouts of arrays of bounds: exponential histograms share them, and points of one metric have several. */
  private readonly layouts = new WeakMap<readonly number[], HistogramLayout>();

  constructor(
    source: string,
    metric: SourceMetric,
    private readonly attributes: AttributeSet,
    store: InMemoryStore,
    private readonly problems: TableProblems,
  ) {
    this.isInteger = metric.isInteger;
    this.declaration = new SourceDeclaration(source, metric, attributes);
    this.cells = store.openSource(this.declaration);
  }

  private get origin(): MetricOrigin {
    return this.declaration.origin;
  }

  /**
   * Writes the value of a point. A point without a cell waits for {@link endRead}.
   *
   * @returns the place for {@link writeAt}, if the point has a cell.
   */
  write(point: SourcePoint): CellPlace | undefined {
    const row = this.cells.rowOf(this.attributes.fieldsOf(point.attributes));
    if (row < 0) {
      this.newPoints.push(point);
      return undefined;
    }
    this.writeTo(row, point);
    return { row, generation: this.cells.generationOf(row) };
  }

  /** Writes the value of a point whose place is known. Returns whether the place still has the cell of the point. */
  writeAt({ row, generation }: CellPlace, point: SourcePoint): boolean {
    const isThere = this.cells.generationOf(row) === generation;
    if (isThere) {
      this.writeTo(row, point);
    }
    return isThere;
  }

  /**
   * Removes the cells that the read has not written, and then creates new ones: so the limit of cells counts only the present.
   *
   * @param since when the streams of new cells begin.
   * @returns whether there are cells.
   */
  endRead(since: number): boolean {
    const rows = this.cells.rows();
    if (this.writtenRows < rows.length) {
      rows.filter(row => !this.isWritten(row)).forEach(row => this.cells.remove(row));
    }
    const { newPoints } = this;
    this.newPoints = [];
    try {
      newPoints.forEach(point => this.create(point, since));
      return this.writtenRows > 0 || newPoints.length > 0;
    } finally {
      this.read += 1;
      this.writtenRows = 0;
    }
  }

  /** Remembers what was not yet accepted, for {@link acceptAllButPending}. */
  notePending(): void {
    this.pending.clear();
    for (const row of this.cells.rows()) {
      const value = this.cells.pendingOf(row);
      if (value !== undefined) {
        this.pending.set(row, { value, generation: this.cells.generationOf(row) });
      }
    }
  }

  /** Drops what was counted since {@link notePending}: it is never sent. */
  acceptAllButPending(): void {
    for (const row of this.cells.rows()) {
      const noted = this.pending.get(row);
      const isSameCell = noted?.generation === this.cells.generationOf(row);
      const pending = isSameCell ? noted!.value : this.declaration.initialValue();
      if (pending !== undefined) {
        this.cells.acceptAllBut(row, pending);
      }
    }
    this.pending.clear();
  }

  private create({ attributes, value }: SourcePoint, since: number): void {
    const fields = this.attributes.fieldsOf(attributes);
    const valid = this.validValue(value, undefined);
    if (valid === undefined) {
      return;
    }
    const row = this.cells.obtain(fields);
    if (row !== NOWHERE && this.isFirst(row)) {
      this.cells.beginAt(row, since);
      this.cells.values[row] = valid;
      this.noteWritten(row);
    }
  }

  private writeTo(row: number, { attributes, value }: SourcePoint): void {
    if (!this.isFirst(row)) {
      return;
    }
    const before = this.cells.values[row];
    const valid = this.validValue(value, before);
    // A gauge without a value is removed. A sum is kept: if it were removed, it would be counted twice when it comes back.
    if (valid !== undefined || this.declaration.kind.cumulative) {
      this.noteWritten(row);
    }
    if (valid === undefined) {
      return;
    }
    if (this.hasFallen(before, valid)) {
      this.restart(row, this.attributes.fieldsOf(attributes), valid);
    } else {
      this.cells.values[row] = valid;
    }
  }

  private isWritten(row: number): boolean {
    return this.readOf[row] === this.read;
  }

  private noteWritten(row: number): void {
    this.readOf[row] = this.read;
    this.writtenRows += 1;
  }

  /** Whether no other point of this read has the same fields. */
  private isFirst(row: number): boolean {
    const isFirst = !this.isWritten(row);
    if (!isFirst) {
      this.problems.skipped(this.origin.name, SAME_ATTRIBUTES);
    }
    return isFirst;
  }

  /** Begins a new stream now: the last one was sent until now, and what is sent of one stream must not fall. */
  private restart(row: number, fields: unknown, value: number | Distribution): void {
    const carried = this.carriedOver(row, value);
    this.cells.remove(row);
    this.readOf[row] = 0;
    this.writtenRows -= 1;
    const restarted = this.cells.obtain(fields);
    this.cells.values[restarted] = value;
    if (carried) {
      this.cells.leaveOut(restarted, carried);
    }
    this.noteWritten(restarted);
  }

  /**
   * The accepted samples of a histogram that goes on with other bounds, as exponential ones do. The new stream must not count
   * them again. Undefined when the histogram has begun anew.
   */
  private carriedOver(row: number, value: number | Distribution): Distribution | undefined {
    const before = this.cells.values[row];
    const accepted = this.cells.acceptedOf(row);
    const { layout } = this;
    if (!layout || !isDistribution(value) || !isDistribution(before) || !isDistribution(accepted)) {
      return undefined;
    }
    const goesOn =
      !before.bucketer.equals(value.bucketer) && !hasFewerSamples(layout.carried(before), value);
    return goesOn ? layout.carried(accepted) : undefined;
  }

  /** Only counts show that a histogram has begun anew: negative samples, which sources may have, lower the sum. */
  private hasFallen(before: unknown, after: number | Distribution): boolean {
    if (typeof after === 'number') {
      return this.origin.kind === 'counter' && after < (before as number);
    }
    return (
      after !== before &&
      isDistribution(before) &&
      (!before.bucketer.equals(after.bucketer) || hasFewerSamples(before, after))
    );
  }

  /** Returns the value as a cell has it. Undefined, if it cannot be sent. */
  private validValue(
    value: SourcePoint['value'],
    before: unknown,
  ): number | Distribution | undefined {
    try {
      return this.origin.kind === 'histogram'
        ? this.distributionOf(value as SourceHistogram, before)
        : this.checkedNumber(value);
    } catch (error) {
      this.problems.skipped(this.origin.name, errorMessage(error));
      return undefined;
    }
  }

  private checkedNumber(value: SourcePoint['value']): number {
    const { isInteger } = this;
    if (isInteger ? Number.isSafeInteger(value) : Number.isFinite(value)) {
      return value as number;
    }
    throw wrongNumber('A value', isInteger ? 'a safe integer' : 'finite', value);
  }

  private distributionOf(histogram: SourceHistogram, before: unknown): Distribution {
    const layout = this.layoutOf(histogram);
    const isUnchanged =
      isDistribution(before) &&
      before.bucketer === layout.bucketer &&
      before.count === histogram.count &&
      before.sum === histogram.sum;
    return isUnchanged ? before : layout.distributionOf(histogram);
  }

  private layoutOf(histogram: SourceHistogram): HistogramLayout {
    if (this.layout?.bounds === histogram.bounds) {
      return this.layout;
    }
    let layout = this.layouts.get(histogram.bounds) ?? this.layout;
    if (!layout?.fits(histogram)) {
      layout = new HistogramLayout(histogram.bounds);
      if (layout.isMerged) {
        this.problems.merged(this.origin.name, histogram.bounds.length);
      }
    }
    if (layout !== this.layout) {
      this.layouts.set(histogram.bounds, layout);
      this.layout = layout;
    }
    return layout;
  }
}
