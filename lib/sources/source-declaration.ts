import { Bucketer } from '../metrics/bucketer.js';
import { Distribution } from '../metrics/distribution.js';
import type { FieldSchema } from '../metrics/fields.js';
import type { CellValue, MetricDeclaration, MetricKind } from '../metrics/metric-declaration.js';
import type { MetricOrigin } from '../metrics/metric-origin.js';
import { Units } from '../metrics/units.js';
import type { AttributeSet } from './attribute-set.js';
import type { SourceMetric } from './metric-source.js';
import { shownName } from './shown-name.js';

/** Units of UCUM that have another name here. `B` is bel there, and no unit here. */
const UNITS: Readonly<Record<string, Units>> = {
  ...Object.fromEntries(Object.values(Units).map(units => [units, units])),
  B: Units.Unknown,
  bit: Units.Bits,
  KiBy: Units.Kibibytes,
};

/** The declaration of a metric that a source has read, for the points that have one set of attributes. */
export class SourceDeclaration implements MetricDeclaration {
  readonly name: string;
  readonly description: string;
  readonly kind: MetricKind;
  readonly fields: FieldSchema;
  readonly units: Units;
  readonly origin: MetricOrigin;

  /** @param source the name of the source. */
  constructor(source: string, metric: SourceMetric, attributes: AttributeSet) {
    const { name, unit, kind, scope } = metric;
    this.name = shownName(name);
    this.description = metric.description;
    this.kind = kindOf(metric);
    this.fields = attributes.schema;
    this.units = UNITS[unit] ?? Units.Unknown;
    const { kind: ours } = this;
    this.origin = {
      source,
      name,
      unit,
      kind,
      scope,
      attributesOf: values => attributes.attributesOf(values),
      describe: () =>
        `${kind} "${name}" of the source "${source}" (${ours.valueType}; unit "${unit}"; scope "${scope?.name ?? ''}" ${scope?.version ?? ''})`,
    };
  }

  initialValue(): CellValue | undefined {
    switch (this.origin.kind) {
      case 'counter':
        return 0;
      case 'histogram':
        return new Distribution(Bucketer.default);
      default:
        return undefined;
    }
  }

  describe(): string {
    return `${this.origin.describe()} with ${this.fields.describe()}`;
  }
}

function kindOf({ kind, isInteger }: SourceMetric): MetricKind {
  switch (kind) {
    case 'histogram':
      return { name: 'CumulativeDistribution', valueType: 'distribution', cumulative: true };
    case 'counter':
      return isInteger
        ? { name: 'Counter', valueType: 'int', cumulative: true }
        : { name: 'FloatCounter', valueType: 'float', cumulative: true };
    default:
      return isInteger
        ? { name: 'IntGauge', valueType: 'int', cumulative: false }
        : { name: 'FloatGauge', valueType: 'float', cumulative: false };
  }
}
