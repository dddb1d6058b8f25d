import { Distribution } from '../metrics/distribution.js';
import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { CellSlot, CellTable, RecordingCell } from '../metrics/metric-store.js';
import type { Target } from '../targets/target.js';
import { currentTarget } from '../targets/with-target.js';
import { CellTree } from './cell-tree.js';
import { StoredCell, type CellHome } from './stored-cell.js';

/** What the cells of a metric ask of the store that they are a part of. */
export interface CellsOwner {
  /** False while metrics are disabled: recording is checked, and dropped. */
  readonly recording: boolean;
  readonly cellsPerMetric: number;
  timestamp(): number;
  noteDropped(metric: MetricDeclaration): void;
}

/** The cells of one metric. */
export class MetricCells implements CellTable, CellHome {
  private readonly tree: CellTree;
  private size = 0;

  constructor(
    readonly metric: MetricDeclaration,
    private readonly owner: CellsOwner,
  ) {
    this.tree = new CellTree(metric.fields.names);
  }

  get recording(): boolean {
    return this.owner.recording;
  }

  find(fields: unknown): StoredCell | undefined {
    return this.findUnder(currentTarget(), fields);
  }

  obtain(fields: unknown): RecordingCell {
    return this.obtainUnder(currentTarget(), fields);
  }

  delete(fields: unknown): void {
    this.deleteUnder(currentTarget(), fields);
  }

  slot(fields: unknown): CellSlot {
    const target = currentTarget();
    const values = this.metric.fields.values(fields);
    this.metric.fields.checkNoOthers(fields);
    const own = Object.fromEntries(this.metric.fields.names.map((name, i) => [name, values[i]]));
    return {
      find: () => this.findUnder(target, own),
      obtain: () => this.obtainUnder(target, own),
      delete: () => this.deleteUnder(target, own),
    };
  }

  [Symbol.iterator](): Generator<StoredCell> {
    return this.tree[Symbol.iterator]();
  }

  /** Lets go of a cell, if it was not let go of before. */
  remove(cell: StoredCell): void {
    if (cell.linked) {
      cell.linked = false;
      this.tree.delete(cell);
      this.size -= 1;
    }
  }

  clear(): void {
    for (const cell of this.tree) {
      cell.linked = false;
    }
    this.tree.clear();
    this.size = 0;
  }

  private findUnder(target: Target | undefined, fields: unknown): StoredCell | undefined {
    const cell = this.tree.find(target?.key, fields);
    if (!cell) {
      this.metric.fields.values(fields);
    }
    return cell;
  }

  private obtainUnder(target: Target | undefined, fields: unknown): RecordingCell {
    const cell = this.tree.find(target?.key, fields);
    if (!this.recording) {
      return this.throwaway(target, fields, cell);
    }
    return cell ?? this.create(target, fields);
  }

  private create(target: Target | undefined, fields: unknown): RecordingCell {
    const values = this.metric.fields.values(fields);
    this.metric.fields.checkNoOthers(fields);
    const cell = new StoredCell(this, values, target, this.owner.timestamp());
    if (this.size >= this.owner.cellsPerMetric) {
      this.owner.noteDropped(this.metric);
      cell.linked = false;
      return cell;
    }
    this.tree.add(cell);
    this.size += 1;
    return cell;
  }

  /** What recording is checked against while metrics are disabled, and then forgotten. */
  private throwaway(
    target: Target | undefined,
    fields: unknown,
    present: StoredCell | undefined,
  ): RecordingCell {
    const values = this.metric.fields.values(fields);
    if (!present) {
      this.metric.fields.checkNoOthers(fields);
    }
    const cell = new StoredCell(this, values, target, 0);
    cell.linked = false;
    if (present) {
      cell.value = present.value instanceof Distribution ? present.value.clone() : present.value;
    }
    return cell;
  }

  private deleteUnder(target: Target | undefined, fields: unknown): void {
    const cell = this.findUnder(target, fields);
    if (cell) {
      this.remove(cell);
    }
  }
}
