import type { CellSlot, RecordingCell } from './metric-store.js';
import type { CellValue } from './metric-declaration.js';

/**
 * One cell of a metric, looked up once, for code that records into it often. It is bound to the target of the
 * moment it was made, and finds its cell anew after a `delete`, a reset or a restart.
 *
 * @publicApi
 */
export abstract class BoundCell<V extends CellValue> {
  private attachedCell: RecordingCell | undefined;

  constructor(private readonly slot: CellSlot) {}

  /** The value; undefined where nothing was recorded. */
  get(): V | undefined {
    return this.slot.find()?.value as V | undefined;
  }

  /** Removes the cell. The next recording makes another, with a new start time. */
  delete(): void {
    this.slot.delete();
  }

  /** The cell, for recording into it at once. */
  protected obtain(): RecordingCell {
    if (!this.attachedCell?.attached) {
      this.attachedCell = this.slot.obtain();
    }
    return this.attachedCell;
  }
}
