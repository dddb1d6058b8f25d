import type { CellValue } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';
import type { MetricCells } from './metric-cells.js';
import { CellSnapshot } from './snapshot.js';

/** Snapshots that are made when they are asked for. An array of them will do. */
export interface Snapshots {
  readonly length: number;
  /** Those from one place on and before another, less the cells that are gone by now. */
  slice(from: number, to: number): CellSnapshot[];
}

/** The values of many cells at one moment. What else there is to say of a cell is looked up when it is sent. */
export class Capture implements Snapshots {
  readonly length: number;
  private readonly parts: CapturedCells[] = [];

  constructor(
    tables: Iterable<MetricCells>,
    private readonly defaultTarget: Target,
  ) {
    let length = 0;
    for (const table of tables) {
      const part = new CapturedCells(table, length);
      this.parts.push(part);
      length += part.rows.length;
    }
    this.length = length;
  }

  slice(from: number, to: number): CellSnapshot[] {
    const snapshots: CellSnapshot[] = [];
    for (const part of this.parts) {
      if (part.first < to && part.first + part.rows.length > from) {
        part.appendTo(snapshots, from - part.first, to - part.first, this.defaultTarget);
      }
    }
    return snapshots;
  }
}

/** The values of one metric. */
class CapturedCells {
  readonly rows: Int32Array;
  private readonly generations: Uint32Array;
  private readonly wholes: CellValue[] = [];

  constructor(
    private readonly table: MetricCells,
    /** Its place among the cells of all metrics. */
    readonly first: number,
  ) {
    const rows = table.rows();
    this.rows = rows;
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
