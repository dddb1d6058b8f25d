import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { MetricOrigin } from '../metrics/metric-origin.js';
import { baseUnitOf } from './base-unit.js';
import { snakeCase } from './escaping.js';

/** The part of a declaration that its name in Prometheus is made of. */
type NamedMetric = Pick<MetricDeclaration, 'name' | 'kind' | 'units'> & {
  readonly origin?: Pick<MetricOrigin, 'name' | 'kind' | 'scope'> | undefined;
};

/** Suffixes of counters and of the series of histograms. */
const RESERVED_SUFFIX = /_(total|bucket|sum|count)$/;

/**
 * Returns the name of a metric in Prometheus: `shop_orders_total` for `shop/orders`, `http_durations_seconds` for
 * `http/durations` in milliseconds. Adds a number if the name is taken.
 */
export function familyName(metric: NamedMetric, taken: Pick<ReadonlySet<string>, 'has'>): string {
  return metric.origin ? originalName(metric.origin, taken) : ownName(metric, taken);
}

function ownName(metric: NamedMetric, taken: Pick<ReadonlySet<string>, 'has'>): string {
  const name = stem(metric);
  let result = withSuffixes(name, metric);
  for (let number = 2; taken.has(result); number++) {
    result = withSuffixes(`${name}_${number}`, metric);
  }
  return result;
}

/** Returns the name that the exporter of prom-client or OpenTelemetry gives a metric of a source. Only OpenTelemetry has scopes. */
function originalName(
  { name, kind, scope }: Pick<MetricOrigin, 'name' | 'kind' | 'scope'>,
  taken: Pick<ReadonlySet<string>, 'has'>,
): string {
  const valid = name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=[0-9])/, '_');
  const plain = scope === undefined ? valid : valid.replace(/_{2,}/g, '_');
  const addsTotal = scope !== undefined && kind === 'counter' && !plain.endsWith('_total');
  const original = addsTotal ? `${plain}_total` : plain;
  let result = original;
  for (let number = 2; taken.has(result); number++) {
    result = `${original}_${number}`;
  }
  return result;
}

/** Returns the name without the suffixes that {@link withSuffixes} adds. */
function stem({ name, kind, units }: NamedMetric): string {
  const plain = snakeCase(name.replace(/^\//, ''));
  const isCounter = kind.cumulative && kind.valueType !== 'distribution';
  const suffixes = [...(isCounter ? ['total'] : []), ...(baseUnitOf(units)?.aliases ?? [])];
  return suffixes.reduce(withoutSuffix, plain);
}

function withSuffixes(name: string, { kind, units }: NamedMetric): string {
  const unit = baseUnitOf(units)?.name;
  const withUnit = unit === undefined ? name : `${name}_${unit}`;
  if (kind.cumulative && kind.valueType !== 'distribution') {
    return `${withUnit}_total`;
  }
  if (kind.valueType === 'string') {
    return `${withoutSuffix(withUnit, 'info')}_info`;
  }
  return RESERVED_SUFFIX.test(withUnit) ? `${withUnit}_value` : withUnit;
}

function withoutSuffix(name: string, suffix: string): string {
  return name.endsWith(`_${suffix}`) ? name.slice(0, -suffix.length - 1) : name;
}
