import type { TraceSpan } from '../trace-context.js';
import type { FieldValue } from './fields.js';
import type { CellValue, MetricDeclaration } from './metric-declaration.js';
import type { Mistakes } from './mistakes.js';

/** Values in this row are thrown away, such as those of a cell beyond the limit. */
export const NOWHERE = 0;

/**
 * The place of one cell of a metric. The cell need not exist yet. The place of wrong fields is nowhere: nothing can be read
 * there, and what is recorded there is lost.
 */
export interface CellSlot {
  /** Returns the value, or undefined if nothing was recorded. */
  read(): CellValue | undefined;
  /** Returns the row of the cell and creates the cell if needed. Use the row in the same synchronous step. */
  obtain(): number;
  delete(): void;
}

/**
 * The cells of one metric, one per row. For all methods a missing or mistyped field is a mistake, a TypeError. For `obtain`
 * an extra field is one also, when it would create a cell. Mistakes go to {@link MetricStore.mistakes}.
 */
export interface CellTable<V extends CellValue = CellValue> {
  /** The value of each cell, by row. */
  readonly values: V[];
  /** False while metrics are disabled. Recordings are then checked, but change no value. */
  readonly recording: boolean;
  /** True while {@link noteSet} must be called for each cell that is set. */
  readonly isWatched: boolean;
  /** Notes that a cell was set. */
  noteSet(row: number): void;
  /** Keeps a sample as the exemplar of its bucket, if it is the largest one there since the last one was sent. */
  offerExemplar(row: number, bucket: number, sample: number, span: TraceSpan): void;
  /** Changes when a row may have lost its cell or belong to another one. */
  readonly epoch: number;
  /** Returns the value of a cell, or undefined if nothing was recorded. */
  read(fields: unknown): V | undefined;
  /**
   * Returns the row of a cell and creates the cell if needed; {@link NOWHERE} if there is no room, or after a mistake.
   * Use the row in the same synchronous step.
   */
  obtain(fields: unknown): number;
  delete(fields: unknown): void;
  /** Removes the cells under the current target that have these values in some of their fields. */
  deleteMatching(part: unknown): void;
  /** Returns copies of the cells under the current target. */
  cells(): CopiedCell<V>[];
  /** Returns the slot of the cell with these fields under the current target. */
  slot(fields: unknown): CellSlot;
}

/** The fields of a cell by name, and a copy of its value. */
export interface CopiedCell<V extends CellValue> {
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly value: V;
}

/** Keeps the values of a registry's metrics. */
export interface MetricStore {
  /** Returns the table of a metric. Declarations that agree share one table. */
  open(metric: MetricDeclaration): CellTable;
  readonly mistakes: Mistakes;
  /** Whether exemplars are kept, so that it is worth finding the spans of samples. */
  readonly keepsExemplars: boolean;
  /** The metrics that sources have read. They have no names in the registry. */
  sourceMetrics(): MetricDeclaration[];
}
