import { FieldSchema, type FieldDeclarations, type NoFields } from './fields.js';
import type { CellValue, MetricDeclaration, MetricKind } from './metric-declaration.js';
import type { CellTable } from './metric-store.js';
import { defaultRegistry, isRegistry, type Registry } from './registry.js';
import { isTime, isUnits, Units } from './units.js';

/**
 * What every kind of metric takes.
 *
 * @publicApi
 */
export interface MetricOptions<F extends FieldDeclarations = NoFields> {
  /**
   * What the metric says, as a sentence.
   *
   * @default ''
   */
  description?: string | undefined;
  /**
   * Names and types of its fields.
   *
   * @default {}
   */
  fields?: F | undefined;
  /**
   * Unit of its values. Strings and booleans have no unit of time.
   *
   * @default Units.Unknown
   */
  units?: Units | undefined;
  /**
   * The registry that it belongs to.
   *
   * @default the registry of the process
   */
  registry?: Registry | undefined;
}

const METRIC_NAME = /^(\/[a-zA-Z0-9_-]+)+$/;

/**
 * A declaration: name, description, fields, kind and unit. It lives at module level, and works before,
 * while and after a {@link TsmonModule} runs; two declarations that agree are one metric.
 *
 * @throws RangeError for an invalid name, field name or unit; TypeError for an option of a wrong type; Error when
 * the registry knows another declaration of that name.
 *
 * @publicApi
 */
export abstract class Metric<V extends CellValue = CellValue> implements MetricDeclaration {
  /** As it was declared: `shop/orders`. */
  readonly name: string;
  /** What the metric says; the empty string where nothing was given. */
  readonly description: string;
  /** Names and types of its fields. */
  readonly fields: FieldSchema;
  /** Unit of its values. */
  readonly units: Units;
  /** The registry that it belongs to. */
  readonly registry: Registry;
  private openedTable: CellTable<V> | undefined;

  protected constructor(
    /** Which of the eight kinds it is. */
    readonly kind: MetricKind,
    name: string,
    options: MetricOptions<FieldDeclarations>,
  ) {
    this.name = checkedName(name);
    this.description = checkedDescription(name, options.description ?? '');
    this.fields = new FieldSchema(name, options.fields ?? {});
    this.units = checkedUnits(name, kind, options.units ?? Units.Unknown);
    this.registry = checkedRegistry(name, options.registry ?? defaultRegistry);
  }

  /** The value that a cell has before its first recording; gauges have none. */
  abstract initialValue(): V | undefined;

  /** The whole declaration in one line, for messages. Two that agree are one metric. */
  describe(): string {
    return `${this.kind.name} "${this.name}" (${this.fields.describe()}; units "${this.units}"; ${JSON.stringify(this.description)})`;
  }

  /** The cells of this metric. */
  protected get table(): CellTable<V> {
    return this.openedTable === undefined ? this.openTable() : this.openedTable;
  }

  private openTable(): CellTable<V> {
    this.openedTable = this.registry.store.open(this) as CellTable<CellValue> as CellTable<V>;
    return this.openedTable;
  }
}

function checkedName(name: string): string {
  if (typeof name !== 'string' || !METRIC_NAME.test(name.startsWith('/') ? name : `/${name}`)) {
    throw new RangeError(
      `Invalid metric name ${JSON.stringify(name)}: use parts of letters, digits, "_" and "-", joined by "/", such as "shop/orders".`,
    );
  }
  return name;
}

function checkedDescription(name: string, description: unknown): string {
  if (typeof description !== 'string') {
    throw new TypeError(`description of metric "${name}" must be a string.`);
  }
  return description;
}

function checkedRegistry(name: string, registry: Registry): Registry {
  if (!isRegistry(registry)) {
    throw new TypeError(
      `registry of metric "${name}" must be a Registry, new Registry(), of a copy of nestjs-tsmon that fits this one.`,
    );
  }
  return registry;
}

function checkedUnits(name: string, kind: MetricKind, units: unknown): Units {
  if (!isUnits(units)) {
    throw new RangeError(
      `units of metric "${name}" must be one of Units, got ${JSON.stringify(units)}.`,
    );
  }
  if ((kind.valueType === 'string' || kind.valueType === 'bool') && isTime(units)) {
    throw new RangeError(`A ${kind.name} has no unit of time: metric "${name}" says "${units}".`);
  }
  return units;
}
