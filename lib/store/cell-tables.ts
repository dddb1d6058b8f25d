import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import { billableBytes } from './billable-bytes.js';
import { MetricCells, type CellsOwner } from './metric-cells.js';
import { SentMetric, type ConstantFields } from './sent-metric.js';

/** Holds a table of cells for each metric: those that are declared, and those that sources have read. */
export class CellTables {
  /** The cells of declared metrics, by name. */
  private readonly declared = new Map<string, MetricCells>();
  /** The cells of metrics that sources have read. Several may have one name, which may also be declared. */
  private readonly ofSources = new Map<MetricDeclaration, MetricCells>();
  private addedFields: ConstantFields = {};
  private records = true;
  /** The bytes of {@link acceptedBytes} that belong to metrics which sources have no more. */
  private closedBytes = 0;

  constructor(private readonly owner: CellsOwner) {}

  *[Symbol.iterator](): Generator<MetricCells> {
    yield* this.declared.values();
    yield* this.ofSources.values();
  }

  /** Returns the tables of these metrics, except metrics that have none. */
  *of(metrics: Iterable<MetricDeclaration>): Generator<MetricCells> {
    for (const metric of metrics) {
      const table = metric.origin ? this.ofSources.get(metric) : this.declared.get(metric.name);
      if (table) {
        yield table;
      }
    }
  }

  get recording(): boolean {
    return this.records;
  }

  set recording(value: boolean) {
    this.records = value;
    for (const table of this) {
      table.record(value);
    }
  }

  set constantFields(fields: ConstantFields) {
    this.addedFields = fields;
    for (const table of this) {
      table.useConstantFields(fields);
    }
  }

  /** The bytes that were billed for all points which were accepted. */
  get acceptedBytes(): number {
    let bytes = this.closedBytes;
    for (const { metric, acceptedPoints } of this) {
      bytes += acceptedPoints * billableBytes(metric);
    }
    return bytes;
  }

  open(metric: MetricDeclaration): MetricCells {
    if (!metric.origin) {
      return this.declared.get(metric.name) ?? this.openDeclared(metric);
    }
    const declared = metric instanceof SentMetric ? metric.declared : metric;
    return this.ofSources.get(declared) ?? this.newTable(declared);
  }

  openSource(metric: MetricDeclaration): MetricCells {
    const table = this.newTable(metric);
    this.ofSources.set(metric, table);
    return table;
  }

  closeSource(metric: MetricDeclaration): void {
    const table = this.ofSources.get(metric);
    this.closedBytes += (table?.acceptedPoints ?? 0) * billableBytes(metric);
    table?.clear();
    this.ofSources.delete(metric);
  }

  sourceMetrics(): MetricDeclaration[] {
    return [...this.ofSources.keys()];
  }

  private openDeclared(metric: MetricDeclaration): MetricCells {
    const table = this.newTable(metric);
    this.declared.set(metric.name, table);
    return table;
  }

  private newTable(metric: MetricDeclaration): MetricCells {
    const table = new MetricCells(metric, this.owner, this.records);
    table.useConstantFields(this.addedFields);
    return table;
  }
}
