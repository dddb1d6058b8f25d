import type { FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';
import type { Cell, Exemplar } from './cell.js';
import { exemplarsIn } from './exemplars.js';
import type { MetricCells } from './metric-cells.js';

/** A cell as it was at one moment. Monitors see it as a {@link Cell}; its row in the store is hidden from them. */
export class CellSnapshot implements Cell {
  readonly metric: MetricDeclaration;
  readonly fieldValues: readonly FieldValue[];
  readonly target: Target;
  readonly resetTime: number;
  readonly value: CellValue;
  readonly exemplars: readonly Exemplar[] | undefined;
  readonly #cells: MetricCells;
  readonly #row: number;
  readonly #generation: number;
  readonly #total: CellValue;

  /**
   * @param total the value of the cell at that moment. The present stream may hold only a part of it.
   * @param exemplars the exemplars of the cell at that moment.
   */
  constructor(
    cells: MetricCells,
    row: number,
    generation: number,
    total: CellValue,
    exemplars: readonly Exemplar[] | undefined,
    defaultTarget: Target,
  ) {
    this.metric = cells.sentMetric;
    this.fieldValues = cells.sentFieldValuesOf(row);
    this.target = cells.targetOf(row) ?? defaultTarget;
    this.resetTime = cells.resetTimeOf(row);
    this.value = cells.sentValue(row, total);
    this.exemplars = exemplars && exemplarsIn(this.value, exemplars);
    this.#cells = cells;
    this.#row = row;
    this.#generation = generation;
    this.#total = total;
  }

  /** The cells of the same metric. */
  get cells(): MetricCells {
    return this.#cells;
  }

  get row(): number {
    return this.#row;
  }

  /** Notes that a monitor has accepted this value. */
  accept(): void {
    if (this.isPresent) {
      this.#cells.accept(this.#row, this.#total, this.exemplars);
    }
  }

  /** Whether the cell still exists. */
  get isPresent(): boolean {
    return this.#cells.generationOf(this.#row) === this.#generation;
  }

  /** Makes a snapshot of the same cell as it is now. */
  again(defaultTarget: Target): CellSnapshot {
    const cells = this.#cells;
    const row = this.#row;
    const total = cells.copyOfValue(row);
    const exemplars = cells.exemplarsToSend(row);
    return new CellSnapshot(cells, row, this.#generation, total, exemplars, defaultTarget);
  }

  /** Whether the application has set or removed the cell since. */
  get isOvertaken(): boolean {
    return !this.isPresent || this.#cells.values[this.#row] !== this.#total;
  }

  /** Whether this is a cumulative cell with increments that no monitor has accepted yet. */
  get hasNews(): boolean {
    return this.isPresent && this.#cells.exceedsAccepted(this.#row, this.#total);
  }
}
