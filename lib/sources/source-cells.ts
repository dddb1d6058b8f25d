import { OnceLog } from '../seldom-log.js';
import { printable } from '../log.js';
import type { InMemoryStore } from '../store/in-memory-store.js';
import { outsideTargets } from '../targets/with-target.js';
import { AttributeSet, SignatureMatcher, signatureOf, sortedSignatureOf } from './attribute-set.js';
import type { SourceMetric, SourcePoint } from './metric-source.js';
import { SourceTable, type CellPlace, type TableProblems } from './source-table.js';

/** Keeps the metrics of one source as cells of a store. */
export class SourceCells implements TableProblems {
  private readonly log = new OnceLog();
  private readonly metrics = new Map<string, MetricTables>();
  /** When the values were read last. */
  private readAt = 0;

  constructor(
    /** The name of the source. */
    private readonly source: string,
    private readonly store: InMemoryStore,
  ) {}

  /** Replaces all values. Cells that have none any more are removed. */
  write(metrics: readonly SourceMetric[]): void {
    outsideTargets(() => this.writeAll(metrics));
  }

  /** Writes values as {@link write}, but what was counted since the last read is never sent. */
  skip(metrics: readonly SourceMetric[]): void {
    this.metrics.forEach(tables => tables.forEach(table => table.notePending()));
    this.write(metrics);
    this.metrics.forEach(tables => tables.forEach(table => table.acceptAllButPending()));
  }

  private writeAll(metrics: readonly SourceMetric[]): void {
    // What a new cell counts has happened since the last read: no earlier point of the same stream ends later.
    const since = Math.max(this.readAt, this.store.streamsStartedAt);
    this.readAt = this.store.timestamp();
    for (const metric of metrics) {
      const tables = this.tablesOf(metric);
      metric.points.forEach((point, i) => tables.write(metric, point, i));
    }
    for (const [key, tables] of this.metrics) {
      if (!tables.endRead(since)) {
        this.metrics.delete(key);
      }
    }
  }

  /** Removes all cells. */
  clear(): void {
    this.metrics.forEach(tables => tables.close());
    this.metrics.clear();
  }

  skipped(name: string, reason: string): void {
    this.log.warnOnce(
      `Source "${printable(this.source)}": metric "${printable(name)}" has values that cannot be sent, and they are left out: ${printable(reason)}`,
      `skipped ${name}`,
    );
  }

  merged(name: string, bounds: number): void {
    this.log.warnOnce(
      `Source "${printable(this.source)}": metric "${printable(name)}" has ${bounds} bounds of buckets. At most 199 are sent, so neighbouring buckets are merged.`,
      `merged ${name}`,
    );
  }

  private tablesOf(metric: SourceMetric): MetricTables {
    const key = keyOf(metric);
    let tables = this.metrics.get(key);
    if (!tables) {
      tables = new MetricTables(this.source, this.store, this);
      this.metrics.set(key, tables);
    }
    return tables;
  }
}

/** Metrics that differ in any of these have cells of their own. */
function keyOf({ name, description, unit, kind, isInteger, scope }: SourceMetric): string {
  return JSON.stringify([name, description, unit, kind, isInteger, scope?.name, scope?.version]);
}

interface KnownPoint {
  readonly attributes: SourcePoint['attributes'];
  readonly table: SourceTable;
  readonly place: CellPlace;
}

/** The tables of one metric, one for each set of attributes. */
class MetricTables {
  private readonly tables = new Map<string, SourceTable>();
  /** The same tables, also by the signatures of other orders of the attributes. */
  private readonly bySignature = new Map<string, SourceTable>();
  /** The last point that was written, and its table: mostly the next one has the same attributes. */
  private last: { readonly signature: SignatureMatcher; readonly table: SourceTable } | undefined;

  /** Where the points of metrics that keep their attributes were written last, by position. */
  private known: KnownPoint[] = [];

  constructor(
    private readonly source: string,
    private readonly store: InMemoryStore,
    private readonly problems: TableProblems,
  ) {}

  /** @param i the position of the point among those of its metric. */
  write(metric: SourceMetric, point: SourcePoint, i: number): void {
    const known = this.known[i];
    if (known?.attributes !== point.attributes || !known.table.writeAt(known.place, point)) {
      this.find(metric, point, i);
    }
  }

  private find(metric: SourceMetric, point: SourcePoint, i: number): void {
    const { attributes } = point;
    if (!this.last?.signature.matches(attributes)) {
      const signature = new SignatureMatcher(attributes);
      this.last = { signature, table: this.tableOf(metric, point) };
    }
    const { table } = this.last;
    const place = table.write(point);
    if (metric.keepsAttributes && place) {
      this.known[i] = { attributes, table, place };
    }
  }

  endRead(since: number): boolean {
    for (const [signature, table] of this.tables) {
      if (!table.endRead(since)) {
        this.store.closeSource(table.declaration);
        this.tables.delete(signature);
        this.bySignature.clear();
        this.last = undefined;
        this.known = [];
      }
    }
    return this.tables.size > 0;
  }

  forEach(callback: (table: SourceTable) => void): void {
    this.tables.forEach(table => callback(table));
  }

  close(): void {
    this.tables.forEach(({ declaration }) => this.store.closeSource(declaration));
  }

  private tableOf(metric: SourceMetric, point: SourcePoint): SourceTable {
    const signature = signatureOf(point.attributes);
    let table = this.bySignature.get(signature);
    if (!table) {
      table = this.sortedTableOf(metric, point);
      this.bySignature.set(signature, table);
    }
    return table;
  }

  private sortedTableOf(metric: SourceMetric, { attributes }: SourcePoint): SourceTable {
    const signature = sortedSignatureOf(attributes);
    let table = this.tables.get(signature);
    if (!table) {
      const set = new AttributeSet(metric.name, attributes);
      table = new SourceTable(this.source, metric, set, this.store, this.problems);
      this.tables.set(signature, table);
    }
    return table;
  }
}
