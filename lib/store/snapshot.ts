import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';
import type { Cell } from './cell.js';
import type { MetricCells } from './metric-cells.js';

/** A cell as it was at one moment: what a monitor is given. Where it came from is none of the monitor's business. */
export class CellSnapshot implements Cell {
  readonly metric: MetricDeclaration;
  readonly fieldValues: readonly FieldValue[];
  readonly target: Target;
  readonly resetTime: number;
  readonly value: CellValue;
  readonly #cells: MetricCells;
  readonly #row: number;
  readonly #generation: number;
  readonly #total: CellValue;

  /** @param total the value of the cell at that moment. The present stream may have only a part of it. */
  constructor(
    cells: MetricCells,
    row: number,
    generation: number,
    total: CellValue,
    defaultTarget: Target,
  ) {
    this.metric = cells.metric;
    this.fieldValues = cells.fieldValuesOf(row);
    this.target = cells.targetOf(row) ?? defaultTarget;
    this.resetTime = cells.resetTimeOf(row);
    this.value = cells.sentValue(row, total);
    this.#cells = cells;
    this.#row = row;
    this.#generation = generation;
    this.#total = total;
  }

  /** The cells that it is one of. */
  get cells(): MetricCells {
    return this.#cells;
  }

  get row(): number {
    return this.#row;
  }

  /** A monitor has accepted it. */
  accept(): void {
    if (this.isPresent) {
      this.#cells.accept(this.#row, this.#total);
    }
  }

  /** False when the cell was removed since. */
  get isPresent(): boolean {
    return this.#cells.generationOf(this.#row) === this.#generation;
  }

  /** The same cell as it is now. */
  again(defaultTarget: Target): CellSnapshot {
    const total = this.#cells.copyOfValue(this.#row);
    return new CellSnapshot(this.#cells, this.#row, this.#generation, total, defaultTarget);
  }

  /** True when the application has set the cell since, or removed it. */
  get isOvertaken(): boolean {
    return !this.isPresent || this.#cells.values[this.#row] !== this.#total;
  }

  /** True when it is a sum with something in it that no monitor has accepted yet. */
  get hasNews(): boolean {
    return this.isPresent && this.#cells.exceedsAccepted(this.#row, this.#total);
  }
}
