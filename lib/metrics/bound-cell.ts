import type { CellValue } from './metric-declaration.js';
import { NOWHERE, type CellSlot, type CellTable } from './metric-store.js';

const DETACHED = -1;

/**
 * One cell of a metric, for code that records into it often and wants to look it up only once. A bound cell belongs to
 * the target that was current when it was made. It stays usable after a `delete`, a reset or a restart.
 *
 * @publicApi
 */
export abstract class BoundCell<V extends CellValue> {
  private readonly slot: CellSlot;
  private knownRow = NOWHERE;
  /** The table's epoch when the row was looked up. In a later epoch the row may belong to another cell. */
  private epoch = DETACHED;

  /** @internal */
  constructor(
    protected readonly table: CellTable<V>,
    fields: unknown,
  ) {
    this.slot = table.slot(fields);
  }

  /** The value, or undefined if nothing was recorded. */
  get(): V | undefined {
    return this.slot.read() as V | undefined;
  }

  /** Removes the cell. The next recording creates a new one, with a new start time. */
  delete(): void {
    this.slot.delete();
  }

  /** Returns the row of the cell. Use the row in the same synchronous step: later the cell may have another row. */
  protected row(): number {
    return this.epoch === this.table.epoch ? this.knownRow : this.attach();
  }

  private attach(): number {
    this.knownRow = this.slot.obtain();
    this.epoch = this.knownRow === NOWHERE ? DETACHED : this.table.epoch;
    return this.knownRow;
  }
}
