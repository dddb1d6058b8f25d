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
import type { Target } from '../targets/target.js';
import { currentTarget } from '../targets/with-target.js';
import type { TraceSpan } from '../trace-context.js';
import { Exemplars } from './exemplars.js';
import { NO_ROW, type CellFinder } from './index/cell-finder.js';
import { CellIndex } from './index/cell-index.js';
import type { StoredCell } from './stored-cell.js';
import { OWN_TARGET } from './index/target-dictionary.js';

/** The part of the store that recording needs. */
export interface RecordingOwner {
  readonly cellsPerMetric: number;
  timestamp(): number;
  noteDropped(metric: MetricDeclaration): void;
  readonly mistakes: Mistakes;
}

/** Notes which cells of a gauge are set. */
export interface SetWatch {
  end(): void;
  /** Ends, and deletes the cells that were not set since the beginning. */
  endAndDeleteOthers(): void;
}

/**
 * Holds the cells of one metric, as the application records and reads them, in columns with one row for each cell. So a cell
 * needs few bytes, and a copy of all values is cheap.
 */
export class RecordedCells implements CellTable {
  readonly values: CellValue[];
  epoch = 0;
  isWatched = false;
  private readonly watches = new Set<Set<number>>();
  protected readonly index: CellIndex;
  /** Cached `index.find`, read on every recording. */
  private readonly find: CellFinder;
  protected readonly resetTimes = [0];
  /** Raised when a cell gets the row and when the cell is removed. The number is odd while the row holds a cell. */
  private readonly generations = [0];
  private readonly freeRows: number[] = [];
  /** Created with the first exemplar. */
  protected exemplars: Exemplars | undefined;
  /** Rows that were recorded while metrics were disabled. They hold no value; they save the next check of the same fields. */
  private uncountedRows: number[] = [];

  constructor(
    readonly metric: MetricDeclaration,
    private readonly owner: RecordingOwner,
    public recording: boolean,
  ) {
    this.values = [metric.initialValue()!];
    this.index = new CellIndex(metric.fields);
    this.find = this.index.find;
  }

  record(whether: boolean): void {
    this.recording = whether;
    this.freeUncountedRows();
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
    return row === NO_ROW ? this.findTruncated(undefined, this.metric.fields.values(fields)) : row;
  }

  /** Lets the stream of a cell begin earlier than the cell was created. */
  beginAt(row: number, resetTime: number): void {
    this.resetTimes[row] = resetTime;
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

  /** The generation of a row. While it stays the same, the row holds the same cell. */
  generationOf(row: number): number {
    return this.generations[row]!;
  }

  /** The target of a cell. Undefined when it is this instance. */
  targetOf(row: number): Target | undefined {
    return this.index.targetOf(row);
  }

  resetTimeOf(row: number): number {
    return this.resetTimes[row]!;
  }

  /** Removes a cell. */
  remove(row: number): void {
    this.generations[row]! += 1;
    this.free(row);
  }

  clear(): void {
    this.rows().forEach(row => this.remove(row));
    this.freeUncountedRows();
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
      return this.findTruncated(target, this.metric.fields.values(fields));
    } catch (mistake) {
      this.handleMistake(mistake);
      return NO_ROW;
    }
  }

  /** Finds a cell by the truncated form of long texts, in which they are stored. */
  private findTruncated(target: Target | undefined, values: readonly FieldValue[]): number {
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
    const known = this.findTruncated(target, values);
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

  private freeUncountedRows(): void {
    this.uncountedRows.forEach(row => this.free(row));
    this.uncountedRows = [];
  }

  protected free(row: number): void {
    this.index.remove(row);
    this.exemplars?.forget(row);
    this.values[row] = this.metric.initialValue()!;
    this.freeRows.push(row);
    this.epoch += 1;
  }
}
