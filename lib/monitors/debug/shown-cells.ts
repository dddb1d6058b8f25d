import { isDistribution } from '../../metrics/distribution.js';
import type { CellValue } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import type { Target } from '../../targets/target.js';

/** Bounds the memory. An application with more cells sees all of them again. */
const MAX_CELLS = 100_000;

/** Remembers the last value of each cell that was shown. */
export class ShownCells {
  private readonly values = new Map<string, string>();

  /** Returns the cells that were not shown yet, or with another value. */
  changedOf(cells: readonly Cell[]): readonly Cell[] {
    return cells.filter(cell => this.values.get(keyOf(cell)) !== valueText(cell.value));
  }

  /** Notes that these cells were shown. */
  note(cells: readonly Cell[]): void {
    if (this.values.size + cells.length > MAX_CELLS) {
      this.values.clear();
    }
    for (const cell of cells) {
      this.values.set(keyOf(cell), valueText(cell.value));
    }
  }
}

function keyOf({ metric, fieldValues, target }: Cell): string {
  return JSON.stringify([targetKey(target), metric.name, ...fieldValues]);
}

const targetKeys = new WeakMap<Target, string>();

function targetKey(target: Target): string {
  let key = targetKeys.get(target);
  if (key === undefined) {
    key = JSON.stringify([target.type, target.labels()]);
    targetKeys.set(target, key);
  }
  return key;
}

function valueText(value: CellValue): string {
  return JSON.stringify(isDistribution(value) ? [value.sum, ...value.bucketCounts] : value);
}
