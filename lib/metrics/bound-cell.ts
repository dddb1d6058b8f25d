import type { CellValue } from './metric-declaration.js';
import { NOWHERE, type CellSlot, type CellTable } from './metric-store.js';

const DETACHED = -1;

/**
 * One cell of a metric, looked up once, for code that records into it often. It is bound to the target of the
 * moment it was made, and finds its cell anew after a `delete`, a reset or a restart.
 *
 * @publicApi
 */
export abstract class BoundCell<V extends CellValue> {
  private readonly slot: CellSlot;
  private knownRow = NOWHERE;
  /** The epoch of the table in which the row was looked up: in another one the row may belong to another cell. */
  private epoch = DETACHED;

  /** @internal */
  constructor(
    protected readonly table: CellTable<V>,
    fields: unknown,
  ) {
    this.slot = table.slot(fields);
  }

  /** The value; undefined where nothing was recorded. */
  get(): V | undefined {
    return this.slot.read() as V | undefined;
  }

  /** Removes the cell. The next recording makes another, with a new start time. */
  delete(): void {
    this.slot.delete();
  }

  /** The row of the cell, for recording into it at once. */
  protected row(): number {
    return this.epoch === this.table.epoch ? this.knownRow : this.attach();
  }

  private attach(): number {
    this.knownRow = this.slot.obtain();
    this.epoch = this.knownRow === NOWHERE ? DETACHED : this.table.epoch;
    return this.knownRow;
  }
}
