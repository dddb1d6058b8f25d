import type { CellValue, MetricDeclaration } from './metric-declaration.js';

/** A cell as the metric that records into it sees it. */
export interface RecordingCell {
  /** Undefined until the first recording of a gauge. */
  value: CellValue | undefined;
  /** False once the store has let go of the cell, so that whoever kept it must ask for another. */
  readonly attached: boolean;
}

/** One cell of a metric, which may or may not exist. */
export interface CellSlot {
  /** The cell, if something was recorded into it. */
  find(): RecordingCell | undefined;
  /** The cell, made if need be: only for recording into it at once. */
  obtain(): RecordingCell;
  delete(): void;
}

/**
 * The cells of one metric. All of its methods throw TypeError for a missing or mistyped field, and
 * `obtain` also for one too many where it would make a cell.
 */
export interface CellTable {
  find(fields: unknown): RecordingCell | undefined;
  obtain(fields: unknown): RecordingCell;
  delete(fields: unknown): void;
  /** The cell with these fields under the target of this moment. */
  slot(fields: unknown): CellSlot;
}

/** Where the metrics of a registry keep their values. */
export interface MetricStore {
  /** The table of a metric; one for all declarations that agree. */
  open(metric: MetricDeclaration): CellTable;
}

let makeStore: (() => MetricStore) | undefined;

/**
 * Says how a registry gets its store. Metrics know no store, so that a declaration costs nothing; the
 * store makes itself known here when it is loaded.
 */
export function provideStores(factory: () => MetricStore): void {
  makeStore = factory;
}

export function createStore(): MetricStore {
  if (!makeStore) {
    throw new Error('There is no store for metrics: import them from "nestjs-tsmon".');
  }
  return makeStore();
}
