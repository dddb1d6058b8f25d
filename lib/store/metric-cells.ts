import type { FieldValue } from '../metrics/fields.js';
import { mayBeTruncated } from '../metrics/truncated-text.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import {
  NOWHERE,
  type CellSlot,
  type CellTable,
  type CopiedCell,
} from '../metrics/metric-store.js';
import type { Mistakes } from '../metrics/mistakes.js';
import type { ReservedTargets } from '../targets/reserved-targets.js';
import type { Target } from '../targets/target.js';
import { currentTarget } from '../targets/with-target.js';
import type { TraceSpan } from '../trace-context.js';
import type { Exemplar } from './cell.js';
import { Exemplars } from './exemplars.js';
import { NO_ROW, type CellFinder } from './index/cell-finder.js';
import { CellIndex } from './index/cell-index.js';
import { SentMetric, type ConstantFields } from './sent-metric.js';
import type { StoredCell } from './stored-cell.js';
import { Streams } from './streams.js';
import { OWN_TARGET } from './index/target-dictionary.js';

/** The part of the store that the cells of a metric need. */
export interface CellsOwner {
  readonly cellsPerMetric: number;
  timestamp(): number;
  /** When the cells that are being sent were captured, in milliseconds since an arbitrary origin. */
  readonly capturedAt: number;
  noteDropped(metric: MetricDeclaration): void;
  readonly mistakes: Mistakes;
  /** Targets whose cells are not sent. */
  readonly reservedTargets: ReservedTargets | undefined;
  noteReserved(metric: MetricDeclaration, target: Target): void;
}

/** Notes which cells of a gauge are set. */
export interface SetWatch {
  end(): void;
  /** Ends, and deletes the cells that were not set since the beginning. */
  endAndDeleteOthers(): void;
}

/**
 * Holds the cells of one metric in columns, with one row for each cell. So a cell needs few bytes, and a copy of all values is
 * cheap.
 */
export class MetricCells implements CellTable {
  readonly values: CellValue[];
  epoch = 0;
  /** How many points monitors have accepted. */
  acceptedPoints = 0;
  /** The metric as monitors get it. It is the metric itself unless there are constant fields. */
  sentMetric: MetricDeclaration;
  private constantValues: readonly FieldValue[] = [];
  isWatched = false;
  private readonly watches = new Set<Set<number>>();
  private readonly index: CellIndex;
  /** Cached `index.find`, read on every recording. */
  private readonly find: CellFinder;
  private readonly streams: Streams | undefined;
  private readonly resetTimes = [0];
  /** Raised when a cell gets the row and when the cell is removed. The number is odd while the row holds a cell. */
  private readonly generations = [0];
  private readonly freeRows: number[] = [];
  /** Created with the first exemplar. */
  private exemplars: Exemplars | undefined;
  /** Rows that were recorded while metrics were disabled. They hold no value; they save the next check of the same fields. */
  private uncountedRows: number[] = [];

  constructor(
    readonly metric: MetricDeclaration,
    private readonly owner: CellsOwner,
    public recording: boolean,
  ) {
    this.sentMetric = metric;
    this.values = [metric.initialValue()!];
    this.index = new CellIndex(metric.fields);
    this.find = this.index.find;
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

  record(whether: boolean): void {
    this.recording = whether;
    this.freeHollowRows();
  }

  read(fields: unknown): CellValue | undefined {
    return this.readUnder(currentTarget(), fields);
  }

  obtain(fields: unknown): number {
    const target = currentTarget();
    const row =
      target === undefined ? this.find(OWN_TARGET, fields) : this.index.findUnder(target, fields);
    return row < 0 ? this.create(target, fields) : row;
  }

  delete(fields: unknown): void {
    this.deleteUnder(currentTarget(), fields);
  }

  deleteMatching(part: unknown): void {
    let wanted: (readonly [number, FieldValue])[];
    try {
      wanted = [...this.metric.fields.someValues(part)];
    } catch (mistake) {
      this.handleMistake(mistake);
      return;
    }
    for (const row of this.rowsUnder(currentTarget())) {
      const values = this.index.fieldValuesOf(row);
      if (wanted.every(([i, value]) => values[i] === value)) {
        this.remove(row);
      }
    }
  }

  cells(): CopiedCell<CellValue>[] {
    return Array.from(this.rowsUnder(currentTarget()), row => {
      const value = this.values[row]!;
      return {
        fields: this.fieldsOf(this.index.fieldValuesOf(row)),
        value: typeof value === 'object' ? value.clone() : value,
      };
    });
  }

  slot(fields: unknown): CellSlot {
    try {
      return this.slotUnder(currentTarget(), fields);
    } catch (mistake) {
      this.handleMistake(mistake);
      return {
        read: () => undefined,
        obtain: () => this.nowhereAfter(mistake),
        delete: () => {},
      };
    }
  }

  private slotUnder(target: Target | undefined, fields: unknown): CellSlot {
    const values = this.metric.fields.values(fields);
    this.metric.fields.checkNoOthers(fields);
    const own = this.fieldsOf(values);
    return {
      read: () => this.readUnder(target, own),
      obtain: () => {
        const row = this.index.findUnder(target, own);
        return row === NO_ROW ? this.create(target, own) : row;
      },
      delete: () => this.deleteUnder(target, own),
    };
  }

  offerExemplar(row: number, bucket: number, sample: number, span: TraceSpan): void {
    this.exemplars ??= new Exemplars(() => this.owner.timestamp());
    this.exemplars.offer(row, bucket, sample, span);
  }

  noteSet(row: number): void {
    this.watches.forEach(setRows => setRows.add(row));
  }

  /** Notes from now on which cells are set. */
  watchSets(): SetWatch {
    const setRows = new Set<number>();
    const end = (): void => {
      this.watches.delete(setRows);
      this.isWatched = this.watches.size > 0;
    };
    this.watches.add(setRows);
    this.isWatched = true;
    return {
      end,
      endAndDeleteOthers: () => {
        end();
        this.rows()
          .filter(row => !setRows.has(row))
          .forEach(row => this.remove(row));
      },
    };
  }

  *[Symbol.iterator](): Generator<StoredCell> {
    for (let row = NOWHERE + 1; row < this.values.length; row++) {
      if (this.isCell(row)) {
        yield {
          row,
          metric: this.metric,
          fieldValues: this.index.fieldValuesOf(row),
          target: this.index.targetOf(row),
          resetTime: this.resetTimes[row]!,
          value: this.values[row]!,
          exemplars: this.exemplars?.of(row),
        };
      }
    }
  }

  /** Returns the row of a cell of this instance, or NO_ROW. Only for a metric of a source, whose cells are all recorded. */
  rowOf(fields: unknown): number {
    const row = this.find(OWN_TARGET, fields);
    return row === NO_ROW ? this.findCut(undefined, this.metric.fields.values(fields)) : row;
  }

  /** Lets the stream of a cell begin earlier than the cell was created. */
  beginAt(row: number, resetTime: number): void {
    this.resetTimes[row] = resetTime;
  }

  /** The part of a cumulative cell that no monitor has accepted yet. Undefined for a gauge. */
  pendingOf(row: number): CellValue | undefined {
    return this.streams?.pendingOf(row, this.values[row]!);
  }

  /** Counts a cell as accepted, except `pending`, so that the rest is never sent. */
  acceptAllBut(row: number, pending: CellValue): void {
    this.streams?.acceptAllBut(row, this.values[row]!, pending, this.owner.capturedAt);
  }

  /** The rows of all cells. */
  rows(): Int32Array {
    const rows = new Int32Array(this.values.length);
    let count = 0;
    for (let row = NOWHERE + 1; row < this.values.length; row++) {
      if (this.isCell(row)) {
        rows[count++] = row;
      }
    }
    return rows.subarray(0, count);
  }

  /** The rows of all cells but the ones under a reserved target. */
  rowsToSend(): Int32Array {
    const rows = this.rows();
    const { reservedTargets } = this.owner;
    if (!reservedTargets) {
      return rows;
    }
    const leftOut = this.index.rowsWithTarget(rows, target => reservedTargets.has(target));
    if (leftOut.size === 0) {
      return rows;
    }
    const [first] = leftOut;
    this.owner.noteReserved(this.metric, this.index.targetOf(first!)!);
    return rows.filter(row => !leftOut.has(row));
  }

  /** Of the rows those that are not quiet: accepted since then, and not changed. */
  withoutQuiet(rows: Int32Array, quietSince: number): Int32Array {
    const { streams, values } = this;
    return streams?.mayBeQuiet(quietSince)
      ? rows.filter(row => !streams.isQuiet(row, values[row]!, quietSince))
      : rows;
  }

  /** The generation of a row. While it stays the same, the row holds the same cell. */
  generationOf(row: number): number {
    return this.generations[row]!;
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

  /** A cell with the constant fields. */
  asSent(cell: StoredCell): StoredCell {
    const { sentMetric: metric, constantValues } = this;
    return constantValues.length === 0
      ? cell
      : { ...cell, metric, fieldValues: [...cell.fieldValues, ...constantValues] };
  }

  /** The target of a cell. Undefined when it is this instance. */
  targetOf(row: number): Target | undefined {
    return this.index.targetOf(row);
  }

  resetTimeOf(row: number): number {
    return this.resetTimes[row]!;
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
    this.streams?.accept(row, total, this.owner.capturedAt);
    if (exemplars !== undefined) {
      this.exemplars?.accept(exemplars);
    }
  }

  /** Whether a cumulative cell has increments that no monitor has accepted yet. */
  exceedsAccepted(row: number, total: CellValue): boolean {
    return this.streams?.exceedsAccepted(row, total) ?? false;
  }

  /** Whether a flush leaves the cell out as it is now: see {@link withoutQuiet}. */
  isQuiet(row: number, quietSince: number): boolean {
    const { streams, values } = this;
    return !!streams?.mayBeQuiet(quietSince) && streams.isQuiet(row, values[row]!, quietSince);
  }

  /** The value of a cumulative cell that monitors have accepted. */
  acceptedOf(row: number): CellValue | undefined {
    return this.streams?.acceptedOf(row);
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

  /** Removes a cell. */
  remove(row: number): void {
    this.generations[row]! += 1;
    this.free(row);
  }

  clear(): void {
    this.rows().forEach(row => this.remove(row));
    this.freeHollowRows();
  }

  private rowsUnder(target: Target | undefined): Int32Array {
    return this.rows().filter(row => this.index.targetOf(row)?.key === target?.key);
  }

  private readUnder(target: Target | undefined, fields: unknown): CellValue | undefined {
    const row = this.cellUnder(target, fields);
    return row === NO_ROW ? undefined : this.values[row];
  }

  private deleteUnder(target: Target | undefined, fields: unknown): void {
    const row = this.cellUnder(target, fields);
    if (row !== NO_ROW) {
      this.remove(row);
    }
  }

  private cellUnder(target: Target | undefined, fields: unknown): number {
    const found = this.index.findUnder(target, fields);
    const row = found === NO_ROW ? this.findChecked(target, fields) : found;
    return row !== NO_ROW && this.isCell(row) ? row : NO_ROW;
  }

  private findChecked(target: Target | undefined, fields: unknown): number {
    try {
      return this.findCut(target, this.metric.fields.values(fields));
    } catch (mistake) {
      this.handleMistake(mistake);
      return NO_ROW;
    }
  }

  /** Finds a cell by the truncated form of long texts, in which they are stored. */
  private findCut(target: Target | undefined, values: readonly FieldValue[]): number {
    return values.some(mayBeTruncated)
      ? this.index.findUnder(target, this.fieldsOf(values))
      : NO_ROW;
  }

  private fieldsOf(values: readonly FieldValue[]): Record<string, FieldValue> {
    return Object.fromEntries(this.metric.fields.names.map((name, i) => [name, values[i]!]));
  }

  private isCell(row: number): boolean {
    return this.generations[row]! % 2 === 1;
  }

  private create(target: Target | undefined, fields: unknown): number {
    try {
      return this.createChecked(target, fields);
    } catch (mistake) {
      return this.nowhereAfter(mistake);
    }
  }

  private createChecked(target: Target | undefined, fields: unknown): number {
    const values = this.metric.fields.values(fields);
    const known = this.findCut(target, values);
    if (known !== NO_ROW) {
      return known;
    }
    this.metric.fields.checkNoOthers(fields);
    if (this.index.size >= this.owner.cellsPerMetric) {
      return this.drop();
    }
    const row = this.freeRows.pop() ?? this.values.length;
    this.index.add(row, target, values);
    this.values[row] = this.metric.initialValue()!;
    this.generations[row] ??= 0;
    this.resetTimes[row] = this.owner.timestamp();
    if (this.recording) {
      this.generations[row]! += 1;
    } else {
      this.uncountedRows.push(row);
    }
    return row;
  }

  /** Drops a recording beyond the limit. It is still checked, against the initial value. */
  private drop(): number {
    if (this.recording) {
      this.owner.noteDropped(this.metric);
    }
    return this.nowhere();
  }

  private nowhereAfter(mistake: unknown): number {
    this.handleMistake(mistake);
    return this.nowhere();
  }

  private nowhere(): number {
    this.values[NOWHERE] = this.metric.initialValue()!;
    return NOWHERE;
  }

  private handleMistake(mistake: unknown): void {
    this.owner.mistakes.handle(this.metric, mistake);
  }

  private freeHollowRows(): void {
    this.uncountedRows.forEach(row => this.free(row));
    this.uncountedRows = [];
  }

  private free(row: number): void {
    this.index.remove(row);
    this.streams?.forget(row);
    this.exemplars?.forget(row);
    this.values[row] = this.metric.initialValue()!;
    this.freeRows.push(row);
    this.epoch += 1;
  }
}
