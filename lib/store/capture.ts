import type { CellValue } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';
import type { MetricCells } from './metric-cells.js';
import { CellSnapshot } from './snapshot.js';

/** A list of snapshots that may be made lazily. An array of snapshots fits. */
export interface Snapshots {
  readonly length: number;
  /** Makes the snapshots from `from` up to, but not including, `to`. Cells that were removed since are left out. */
  slice(from: number, to: number): CellSnapshot[];
}

/** The values of many cells at one moment. The other parts of a cell are looked up when it is sent. */
export class Capture implements Snapshots {
  readonly length: number;

  private constructor(
    private readonly parts: readonly CapturedCells[],
    private readonly defaultTarget: Target,
  ) {
    this.length = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  static of(tables: Iterable<MetricCells>, defaultTarget: Target): Capture {
    const parts = Array.from(tables, table => new CapturedCells(table, table.rowsToSend()));
    return new Capture(parts, defaultTarget);
  }

  /** Captures one of the cells again, if there is one. */
  example(): Capture {
    const parts = this.parts
      .filter(({ rows }) => rows.length > 0)
      .slice(0, 1)
      .map(({ table, rows }) => new CapturedCells(table, rows.slice(0, 1)));
    return new Capture(parts, this.defaultTarget);
  }

  slice(from: number, to: number): CellSnapshot[] {
    const snapshots: CellSnapshot[] = [];
    let first = 0;
    for (const part of this.parts) {
      const { length } = part.rows;
      if (first < to && first + length > from) {
        part.appendTo(snapshots, from - first, to - first, this.defaultTarget);
      }
      first += length;
    }
    return snapshots;
  }
}

/** The values of one metric. */
class CapturedCells {
  private readonly generations: Uint32Array;
  private readonly wholes: CellValue[] = [];

  constructor(
    readonly table: MetricCells,
    readonly rows: Int32Array,
  ) {
    this.generations = new Uint32Array(rows.length);
    this.wholes.length = rows.length;
    for (let i = 0; i < rows.length; i++) {
      this.generations[i] = table.generationOf(rows[i]!);
      this.wholes[i] = table.copyOfValue(rows[i]!);
    }
  }

  appendTo(snapshots: CellSnapshot[], from: number, to: number, defaultTarget: Target): void {
    const { table, rows, generations, wholes } = this;
    for (let i = Math.max(0, from); i < Math.min(rows.length, to); i++) {
      if (table.generationOf(rows[i]!) === generations[i]) {
        snapshots.push(
          new CellSnapshot(table, rows[i]!, generations[i]!, wholes[i]!, defaultTarget),
        );
      }
    }
  }
}
