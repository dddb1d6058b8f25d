import type { MetricDeclaration, MetricKind } from '../../metrics/metric-declaration.js';
import type { MetricOrigin } from '../../metrics/metric-origin.js';
import type { Units } from '../../metrics/units.js';

/** What a chart needs to know of a metric. */
export interface ShownMetric {
  readonly name: string;
  readonly description: string;
  readonly kind: MetricKind;
  readonly units: Units;
  /** The names of the fields. */
  readonly fields: readonly string[];
  /** True if housekeeping sends the metric once for the whole service. */
  readonly isGlobal: boolean;
  /** What a source calls the metric. Undefined for a declared metric. */
  readonly origin?: Pick<MetricOrigin, 'name' | 'unit' | 'kind' | 'scope'> | undefined;
}

export function shownMetric(metric: MetricDeclaration): ShownMetric {
  const { name, description, kind, units, fields } = metric;
  return { name, description, kind, units, fields: fields.names, isGlobal: false };
}
