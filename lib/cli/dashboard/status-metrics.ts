import type { DeclarationStatus } from '../../status/status-report.js';
import { isUnits } from '../../metrics/units.js';
import { UsageError } from '../command.js';
import type { ShownMetric } from './shown-metric.js';

/**
 * Reads the metrics from the answer of the status route with `?format=json`, sorted by name.
 *
 * @throws UsageError when the text is something else.
 */
export function statusMetrics(json: string, from: string): ShownMetric[] {
  const metrics = parsed(json)?.metrics;
  if (!Array.isArray(metrics) || !metrics.every(isDeclaration)) {
    throw new UsageError(
      `${from} must give the JSON of the status route, as /internal/tsmon?format=json does; it begins with ${JSON.stringify(json.slice(0, 60))}.`,
    );
  }
  if (metrics.length === 0) {
    throw new UsageError(`${from} has no metrics, so there is nothing to show.`);
  }
  return metrics.map(shown).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parsed(json: string): { readonly metrics?: unknown } | null | undefined {
  try {
    return JSON.parse(json) as { readonly metrics?: unknown } | null;
  } catch {
    return undefined;
  }
}

function isDeclaration(given: unknown): given is DeclarationStatus {
  const metric = given as Partial<DeclarationStatus> | null;
  return (
    typeof metric?.name === 'string' &&
    typeof metric.valueType === 'string' &&
    typeof metric.cumulative === 'boolean' &&
    isUnits(metric.units) &&
    Array.isArray(metric.fields) &&
    metric.fields.every(field => typeof (field as { name?: unknown } | null)?.name === 'string') &&
    (metric.origin === undefined || isOrigin(metric.origin))
  );
}

function isOrigin(given: unknown): boolean {
  const origin = given as Partial<DeclarationStatus['origin']> | null;
  return typeof origin?.name === 'string' && typeof origin.unit === 'string';
}

function shown(metric: DeclarationStatus): ShownMetric {
  const { name, kind, valueType, cumulative, units, description, fields, global, origin } = metric;
  return {
    name,
    description,
    kind: { name: kind, valueType, cumulative },
    units,
    fields: fields.map(field => field.name),
    isGlobal: global,
    origin,
  };
}
