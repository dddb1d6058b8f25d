import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import { baseUnitOf } from './base-unit.js';
import { snakeCase } from './escaping.js';

/** Prometheus ends the names of counters, and the series of histograms, with these. */
const RESERVED_END = /_(total|bucket|sum|count)$/;

/**
 * The name of a metric in Prometheus: `shop/orders` becomes `shop_orders_total`, `http/durations` in milliseconds
 * `http_durations_seconds`. Where it is taken a number tells them apart.
 */
export function familyName(metric: MetricDeclaration, taken: ReadonlySet<string>): string {
  const name = stem(metric);
  let result = withEnding(name, metric);
  for (let number = 2; taken.has(result); number++) {
    result = withEnding(`${name}_${number}`, metric);
  }
  return result;
}

/** The name without what is added anyway. */
function stem({ name, kind, units }: MetricDeclaration): string {
  const plain = snakeCase(name.replace(/^\//, ''));
  const isCounter = kind.cumulative && kind.valueType !== 'distribution';
  const ends = [...(isCounter ? ['total'] : []), ...(baseUnitOf(units)?.alsoWritten ?? [])];
  return ends.reduce(withoutEnd, plain);
}

function withEnding(name: string, { kind, units }: MetricDeclaration): string {
  const unit = baseUnitOf(units)?.name;
  const withUnit = unit === undefined ? name : `${name}_${unit}`;
  if (kind.cumulative && kind.valueType !== 'distribution') {
    return `${withUnit}_total`;
  }
  if (kind.valueType === 'string') {
    return `${withoutEnd(withUnit, 'info')}_info`;
  }
  return RESERVED_END.test(withUnit) ? `${withUnit}_value` : withUnit;
}

function withoutEnd(name: string, end: string): string {
  return name.endsWith(`_${end}`) ? name.slice(0, -end.length - 1) : name;
}
