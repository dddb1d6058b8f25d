import { Distribution } from '../metrics/distribution.js';
import type { CellValue } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';
import type { Cell } from './cell.js';
import type { StoredCell } from './stored-cell.js';

/** A cell as it was at one moment. */
export class CellSnapshot {
  /** What a monitor is given. */
  readonly cell: Cell;
  private readonly whole: CellValue;

  private constructor(
    readonly stored: StoredCell,
    /** The value in the store, the very one. */
    private readonly original: CellValue,
    defaultTarget: Target,
  ) {
    this.whole = original instanceof Distribution ? original.clone() : original;
    this.cell = {
      metric: stored.metric,
      fieldValues: stored.fieldValues,
      target: stored.target ?? defaultTarget,
      resetTime: stored.resetTime,
      value: stored.streamValue(this.whole),
    };
  }

  /** The snapshot of a cell; none if nothing was recorded into it. */
  static of(stored: StoredCell, defaultTarget: Target): CellSnapshot | undefined {
    return stored.value === undefined
      ? undefined
      : new CellSnapshot(stored, stored.value, defaultTarget);
  }

  /** A monitor has accepted it. */
  accept(): void {
    this.stored.accept(this.whole);
  }

  /** True when it is a sum with something in it that no monitor has accepted yet. */
  get hasNews(): boolean {
    return this.stored.exceedsAccepted(this.whole);
  }

  /** True when the application has set the cell since. */
  get overtaken(): boolean {
    return this.stored.value !== this.original;
  }
}
