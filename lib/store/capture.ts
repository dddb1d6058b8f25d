import type { CellValue } from '../metrics/metric-declaration.js';
import type { Target } from '../targets/target.js';
import type { Exemplar } from './cell.js';
import { billableBytes } from './billable-bytes.js';
import type { MetricCells } from './metric-cells.js';
import { CellSnapshot } from './snapshot.js';

/** A list of snapshots that may be made lazily. An array of snapshots fits. */
export interface Snapshots {
  readonly length: number;
  /** Makes the snapshots from `from` up to, but not including, `to`. Cells that were removed since are left out. */
  slice(from: number, to: number): CellSnapshot[];
  /** Captures every cell, if this list may hold only some of them. Call it before other code runs. */
  everyCell?(): Snapshots;
}

/** Cells that are due. The monitors that need more can ask for every cell. */
export class DueCells implements Snapshots {
  constructor(
    private readonly due: Snapshots,
    readonly everyCell: () => Snapshots,
  ) {}

  get length(): number {
    return this.due.length;
  }

  slice(from: number, to: number): CellSnapshot[] {
    return this.due.slice(from, to);
  }
}

/** The values of many cells at one moment. The other parts of a cell are looked up when it is sent. */
export class Capture implements Snapshots {
  readonly length: number;

  private constructor(
    private readonly parts: readonly CapturedCells[],
    private readonly defaultTarget: Target,
    /** The number of cells that were left out. */
    readonly quietCells: number,
    /** The bytes that would be billed for them. */
    readonly quietBytes: number,
  ) {
    this.length = parts.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  /** @param quietSince cells that were accepted since then, and have not changed, are left out. */
  static of(tables: Iterable<MetricCells>, defaultTarget: Target, quietSince: number): Capture {
    let quietCells = 0;
    let quietBytes = 0;
    const parts = Array.from(tables, table => {
      const all = table.rowsToSend();
      const rows = table.withoutQuiet(all, quietSince);
      const quiet = all.length - rows.length;
      quietCells += quiet;
      quietBytes += quiet * billableBytes(table.metric);
      return new CapturedCells(table, rows);
    });
    return new Capture(parts, defaultTarget, quietCells, quietBytes);
  }

  /** Captures one of the cells again, if there is one. */
  example(): Capture {
    const parts = this.parts
      .filter(({ rows }) => rows.length > 0)
      .slice(0, 1)
      .map(({ table, rows }) => new CapturedCells(table, rows.slice(0, 1)));
    return new Capture(parts, this.defaultTarget, 0, 0);
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
  private readonly totals: CellValue[] = [];
  /** The exemplars of each cell that has any, by index. */
  private readonly exemplars = new Map<number, readonly Exemplar[]>();

  constructor(
    readonly table: MetricCells,
    readonly rows: Int32Array,
  ) {
    this.generations = new Uint32Array(rows.length);
    this.totals.length = rows.length;
    for (let i = 0; i < rows.length; i++) {
      this.generations[i] = table.generationOf(rows[i]!);
      this.totals[i] = table.copyOfValue(rows[i]!);
      const exemplars = table.exemplarsToSend(rows[i]!);
      if (exemplars !== undefined) {
        this.exemplars.set(i, exemplars);
      }
    }
  }

  appendTo(snapshots: CellSnapshot[], from: number, to: number, defaultTarget: Target): void {
    const { table, rows, generations, totals, exemplars } = this;
    for (let i = Math.max(0, from); i < Math.min(rows.length, to); i++) {
      if (table.generationOf(rows[i]!) === generations[i]) {
        snapshots.push(
          new CellSnapshot(
            table,
            rows[i]!,
            generations[i]!,
            totals[i]!,
            exemplars.get(i),
            defaultTarget,
          ),
        );
      }
    }
  }
}
