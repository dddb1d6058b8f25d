import {
  FieldSchema,
  type FieldArgs,
  type FieldDeclarations,
  type FieldValues,
  type NoFields,
} from './fields.js';
import type { CellValue, MetricDeclaration, MetricKind } from './metric-declaration.js';
import type { CellTable } from './metric-store.js';
import { defaultRegistry, isRegistry, type Registry } from './registry.js';
import { isObject } from '../validation/schema.js';
import { shown } from '../validation/shown.js';
import { isTime, isUnits, Units } from './units.js';

/**
 * Options that every kind of metric takes.
 *
 * @publicApi
 */
export interface MetricOptions<F extends FieldDeclarations = NoFields> {
  /**
   * What the metric means, as a sentence.
   *
   * @default ''
   */
  description?: string | undefined;
  /**
   * Names and types of the fields.
   *
   * @default {}
   */
  fields?: F | undefined;
  /**
   * Unit of the values. Strings and booleans cannot have a unit of time.
   *
   * @default Units.Unknown
   */
  units?: Units | undefined;
  /**
   * The registry that the metric belongs to.
   *
   * @default the registry of the process
   */
  registry?: Registry | undefined;
}

/**
 * One cell of a metric.
 *
 * @inline
 */
interface ListedCell<V extends CellValue, F extends FieldDeclarations> {
  /** The field values by name. */
  readonly fields: FieldValues<F>;
  /** The value. A distribution is a copy. */
  readonly value: V;
}

const OPTION_NAMES = ['description', 'fields', 'units', 'registry'];
const METRIC_NAME = /^(\/[a-zA-Z0-9_-]+)+$/;

/**
 * A declaration: name, description, fields, kind and unit. Declare metrics at module level: they work before, while and
 * after a {@link TsmonModule} runs. Two declarations that agree are one metric.
 *
 * The errors that methods of metrics and bound cells throw are mistakes of the caller. With the option `misuse: 'log'`, and in
 * production by default, the method has no effect instead, and the mistake is counted in `tsmon/misused`.
 *
 * @throws RangeError for an invalid name, field name or unit; TypeError for an unknown option and one of a wrong type; Error
 * when the registry has a different declaration with the same name.
 *
 * @publicApi
 */
export abstract class Metric<
  V extends CellValue = CellValue,
  F extends FieldDeclarations = FieldDeclarations,
> implements MetricDeclaration {
  /** The declared name: `shop/orders`. */
  readonly name: string;
  /** What the metric means; the empty string if nothing was given. */
  readonly description: string;
  /** Names and types of the fields. */
  readonly fields: FieldSchema;
  /** Unit of the values. */
  readonly units: Units;
  /** The registry that the metric belongs to. */
  readonly registry: Registry;
  private openedTable: CellTable<V> | undefined;

  protected constructor(
    /** One of the eight kinds. */
    readonly kind: MetricKind,
    name: string,
    options: MetricOptions<FieldDeclarations>,
    /** The names of the options that only this kind has. */
    ownOptions: readonly string[] = [],
  ) {
    this.name = checkedName(name);
    checkNames(name, options, [...OPTION_NAMES, ...ownOptions]);
    this.description = checkedDescription(name, options.description ?? '');
    this.fields = new FieldSchema(name, options.fields ?? {});
    this.units = checkedUnits(name, kind, options.units ?? Units.Unknown);
    this.registry = checkedRegistry(name, options.registry ?? defaultRegistry);
  }

  /**
   * Returns the value of a cell, or undefined if nothing was recorded.
   *
   * @throws TypeError for a missing or mistyped field.
   */
  get(...fields: FieldArgs<F>): V | undefined;
  get(fields?: unknown): V | undefined {
    return this.table.read(fields);
  }

  /**
   * Removes a cell, so that it is no longer sent. The next recording creates a new one, with a new start time.
   *
   * @throws TypeError for a missing or mistyped field.
   */
  delete(...fields: FieldArgs<F>): void;
  delete(fields?: unknown): void {
    this.table.delete(fields);
  }

  /**
   * Removes all cells that have these field values: `orders.deleteMatching({ status: 'ok' })`. Like {@link delete}, it removes
   * cells of the current target only.
   *
   * @param part values of some of the fields. Without any, all cells are removed.
   * @throws TypeError for a mistyped field and for one that the metric does not have.
   */
  deleteMatching(part: Partial<FieldValues<F>>): void {
    this.table.deleteMatching(part);
  }

  /** Removes all cells of the current target. */
  clear(): void {
    this.table.deleteMatching({});
  }

  /** Returns the field values and the value of each cell of the current target, as they are now. */
  cells(): ListedCell<V, F>[] {
    return this.table.cells() as ListedCell<V, F>[];
  }

  /** The value of a cell before its first recording; undefined for gauges. */
  abstract initialValue(): V | undefined;

  /** The whole declaration in one line, for messages. Two declarations with the same line are one metric. */
  describe(): string {
    return `${this.kind.name} "${this.name}" (${this.fields.describe()}; units "${this.units}"; ${JSON.stringify(this.description)})`;
  }

  /**
   * Handles a mistake of a caller. It throws unless the option `misuse` says otherwise. Then the call must have no effect.
   *
   * @returns false, as the result of a check that the caller did not pass.
   * @internal
   */
  handleMistake(mistake: unknown): false {
    this.registry.store.mistakes.handle(this, mistake);
    return false;
  }

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
    const WrongName = typeof name === 'string' ? RangeError : TypeError;
    throw new WrongName(
      `Invalid metric name ${shown(name)}: use parts of letters, digits, "_" and "-", joined by "/", such as "shop/orders".`,
    );
  }
  return name;
}

function checkNames(name: string, options: unknown, known: readonly string[]): void {
  if (!isObject(options)) {
    throw new TypeError(
      `The options of metric "${name}" must be an object, got ${shown(options)}.`,
    );
  }
  const unknown = Object.entries(options).find(
    ([option, value]) => value !== undefined && !known.includes(option),
  );
  if (unknown !== undefined) {
    throw new TypeError(
      `Unknown option ${shown(unknown[0])} of metric "${name}"; it has ${known.join(', ')}.`,
    );
  }
}

function checkedDescription(name: string, description: unknown): string {
  if (typeof description !== 'string') {
    throw new TypeError(
      `description of metric "${name}" must be a string, got ${typeof description}.`,
    );
  }
  return description;
}

function checkedRegistry(name: string, registry: Registry): Registry {
  if (!isRegistry(registry)) {
    throw new TypeError(
      `registry of metric "${name}" must be a Registry from this version of nestjs-tsmon, such as new Registry().`,
    );
  }
  return registry;
}

function checkedUnits(name: string, kind: MetricKind, units: unknown): Units {
  if (!isUnits(units)) {
    const WrongUnits = typeof units === 'string' ? RangeError : TypeError;
    throw new WrongUnits(`units of metric "${name}" must be one of Units, got ${shown(units)}.`);
  }
  if ((kind.valueType === 'string' || kind.valueType === 'bool') && isTime(units)) {
    throw new RangeError(
      `units of metric "${name}" must not be a unit of time, since it is a ${kind.name}; got "${units}".`,
    );
  }
  return units;
}
