import { FieldSchema, type FieldType, type FieldValue } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration, MetricKind } from '../metrics/metric-declaration.js';
import type { MetricOrigin } from '../metrics/metric-origin.js';
import type { Units } from '../metrics/units.js';

/** Fields that have the same values on all cells, by name. */
export type ConstantFields = Readonly<Record<string, FieldValue>>;

/** A metric as monitors see it: the constant fields come after its own. So no monitor needs to know of them. */
export class SentMetric implements MetricDeclaration {
  readonly name: string;
  readonly description: string;
  readonly kind: MetricKind;
  readonly units: Units;
  readonly fields: FieldSchema;
  readonly origin: MetricOrigin | undefined;

  /** @param constants fields that the metric does not have itself. */
  constructor(
    readonly declared: MetricDeclaration,
    constants: ConstantFields,
  ) {
    const { name, description, kind, units, fields, origin } = declared;
    this.name = name;
    this.description = description;
    this.kind = kind;
    this.units = units;
    this.fields = new FieldSchema(
      name,
      Object.fromEntries([
        ...fields.names.map((field, i) => [field, fields.types[i]!] as const),
        ...Object.entries(constants).map(([field, value]) => [field, typeOf(value)] as const),
      ]),
    );
    this.origin = origin && {
      ...origin,
      attributesOf: values => ({ ...origin.attributesOf(values), ...constants }),
    };
  }

  initialValue(): CellValue | undefined {
    return this.declared.initialValue();
  }

  describe(): string {
    return this.declared.describe();
  }
}

function typeOf(value: FieldValue): FieldType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'int';
    case 'boolean':
      return 'bool';
  }
}
