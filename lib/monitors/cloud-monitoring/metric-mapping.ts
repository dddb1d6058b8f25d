import type { MetricDeclaration, ValueType } from '../../metrics/metric-declaration.js';
import type { OnceLog } from '../../seldom-log.js';
import { ucum } from '../ucum.js';

/** A label of a time series. */
interface MetricLabel {
  readonly key: string;
  /** The index of the field that its value comes from. Undefined for the value of the cell itself. */
  readonly field: number | undefined;
  /** The JSON that precedes its value: a comma except before the first label, the key, and a colon. */
  readonly beforeValue: Buffer;
}

/** How the time series of a metric are written. */
export interface MetricMapping {
  /** A small number that no other metric of this monitor has. */
  readonly id: number;
  /** The JSON up to the labels. */
  readonly beforeLabels: Buffer;
  /** The JSON between the resource and the points: kind, type of values, unit and description. */
  readonly afterResource: string;
  /** The labels of the fields, sorted by key. The label with the text of a StringGauge comes last. */
  readonly labels: readonly MetricLabel[];
}

const MOST_LABELS = 30;
const LONGEST_KEY = 100;
/** The label that holds the text of a StringGauge. The API has no user-defined metrics of strings. */
export const STRING_LABEL = 'value';

const VALUE_TYPES: Readonly<Record<ValueType, 'BOOL' | 'INT64' | 'DOUBLE' | 'DISTRIBUTION'>> = {
  int: 'INT64',
  float: 'DOUBLE',
  string: 'INT64',
  bool: 'BOOL',
  distribution: 'DISTRIBUTION',
};

/** Maps each metric once, and remembers the metrics that cannot be written. */
export class MetricMappings {
  private readonly known = new WeakMap<MetricDeclaration, MetricMapping | Error>();
  private readonly namesByType = new Map<string, string>();
  private nextId = 0;

  constructor(
    private readonly prefix: string,
    private readonly log: OnceLog,
  ) {}

  /** @throws RangeError when the metric cannot be written. The reason is logged once. */
  of(metric: MetricDeclaration): MetricMapping {
    let mapping = this.known.get(metric);
    if (mapping === undefined) {
      mapping = this.tryToMap(metric);
      this.known.set(metric, mapping);
    }
    if (mapping instanceof Error) {
      throw mapping;
    }
    return mapping;
  }

  private tryToMap(metric: MetricDeclaration): MetricMapping | Error {
    try {
      return this.map(metric);
    } catch (error) {
      this.log.warnOnce(`A metric is not sent to Cloud Monitoring: ${(error as Error).message}`);
      return error as Error;
    }
  }

  private map(metric: MetricDeclaration): MetricMapping {
    const { kind, description, origin } = metric;
    const type = metricTypeOf(metric, this.prefix);
    const labels = this.labelsOf(metric);
    this.reserve(type, origin ? `${origin.name}" of the source "${origin.source}` : metric.name);
    const rest = {
      metricKind: kind.cumulative ? 'CUMULATIVE' : 'GAUGE',
      valueType: VALUE_TYPES[kind.valueType],
      unit: kind.valueType === 'bool' || kind.valueType === 'string' ? undefined : unitOf(metric),
      description: description || undefined,
    };
    return {
      id: this.nextId++,
      beforeLabels: Buffer.from(`{"metric":{"type":${JSON.stringify(type)},"labels":{`),
      afterResource: `${JSON.stringify(rest).slice(1, -1)},`,
      labels,
    };
  }

  /** Refuses a second metric of the same type: `shop/orders` and `/shop/orders` are two metrics here, but have one type. */
  private reserve(type: string, name: string): void {
    const other = this.namesByType.get(type) ?? name;
    if (other !== name) {
      throw new RangeError(
        `metric "${name}" would be the same as metric "${other}", namely "${type}". Rename one of them.`,
      );
    }
    this.namesByType.set(type, name);
  }

  private labelsOf(metric: MetricDeclaration): MetricLabel[] {
    const { names } = metric.fields;
    const labels: Pick<MetricLabel, 'key' | 'field'>[] = names
      .map((name, field) => ({ key: this.keyOf(metric, name), field }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    if (metric.kind.valueType === 'string') {
      labels.push({ key: STRING_LABEL, field: undefined });
    }
    const keys = labels.map(({ key }) => key);
    if (keys.length > MOST_LABELS) {
      throw new RangeError(
        `metric "${metric.name}" has ${keys.length} labels; ${MOST_LABELS} are allowed. Declare fewer fields.`,
      );
    }
    const twice = keys.find((key, i) => keys.indexOf(key) !== i);
    if (twice !== undefined) {
      throw new RangeError(
        `metric "${metric.name}" would have the label "${twice}" twice. Rename the field${twice === STRING_LABEL ? ' of that name: the label holds the value of a StringGauge' : ''}.`,
      );
    }
    return labels.map(({ key, field }, i) => ({
      key,
      field,
      beforeValue: Buffer.from(`${i === 0 ? '' : ','}${JSON.stringify(key)}:`),
    }));
  }

  private keyOf(metric: MetricDeclaration, name: string): string {
    const { length } = acceptedKey(name);
    if (length > LONGEST_KEY) {
      this.log.warnOnce(
        `Metric "${metric.name}" has a field of ${length} characters, of which Cloud Monitoring takes the first ${LONGEST_KEY}: "${name}". Shorten its name.`,
      );
    }
    return labelKeyOf(name);
  }
}

/**
 * Returns the metric type of a metric: the prefix and its name. A metric of a source has the name that the exporters of its
 * library give it here, with its dots.
 */
export function metricTypeOf(
  {
    name,
    origin,
  }: { readonly name: string; readonly origin?: { readonly name: string } | undefined },
  prefix: string,
): string {
  return (
    prefix + (origin ? origin.name.replace(/[^A-Za-z0-9_./:-]/g, '_') : name.replace(/^\//, ''))
  );
}

/** Returns the key of the label that has the values of a field. */
export function labelKeyOf(field: string): string {
  return acceptedKey(field).slice(0, LONGEST_KEY);
}

function acceptedKey(field: string): string {
  return field.startsWith('_') ? `key${field}` : field;
}

function unitOf({ units, origin }: MetricDeclaration): string | undefined {
  if (origin) {
    return origin.unit || undefined;
  }
  return ucum(units) || undefined;
}
