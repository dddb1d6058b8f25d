import type { CellValue, MetricDeclaration } from './metric-declaration.js';

/** The row of values that are not kept, such as values of a cell beyond the limit. */
export const NOWHERE = 0;

/** One cell of a metric, which may or may not exist. */
export interface CellSlot {
  /** Its value; undefined where nothing was recorded. */
  read(): CellValue | undefined;
  /** The row of the cell, made if need be: only for recording into it at once. */
  obtain(): number;
  delete(): void;
}

/**
 * The cells of one metric, a row each. All of its methods throw TypeError for a missing or mistyped field, and
 * `obtain` also for one too many where it would make a cell.
 */
export interface CellTable<V extends CellValue = CellValue> {
  /** The value of each cell, by row. */
  readonly values: V[];
  /** False while metrics are disabled: recording is checked, and no value changes. */
  readonly recording: boolean;
  /** Changes when a row may have lost its cell, or got another one. */
  readonly epoch: number;
  /** The value of a cell; undefined where nothing was recorded. */
  read(fields: unknown): V | undefined;
  /** The row of a cell, made if need be: only for recording into it at once. {@link NOWHERE} where there is no room. */
  obtain(fields: unknown): number;
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
