import type { Counter } from '../../../lib/metrics/counter.js';
import type { FieldValue } from '../../../lib/metrics/fields.js';
import type { FloatGauge } from '../../../lib/metrics/gauge.js';
import type { Registry } from '../../../lib/metrics/registry.js';
import { presenceReporter } from '../../../lib/self/reporters.js';
import { RuntimeStatistics } from '../../../lib/self/runtime-statistics.js';

/** The values of the one field that some statistics of Node have, in a server with requests. */
const FIELD_VALUES: Readonly<Record<string, readonly string[]>> = {
  statistic: ['p50', 'p99', 'max'],
  kind: ['minor', 'major', 'incremental', 'weak callbacks'],
  type: ['TCPServerWrap', 'TCPSocketWrap', 'Timeout'],
};

/**
 * Gives an instance the cells that the library reports of itself and of the process. The statistics of Node are declared by
 * the library, and set once: their values do not matter here.
 */
export function fillLibraryMetrics(
  registry: Registry,
  { runtimeStats = true }: { readonly runtimeStats?: boolean } = {},
): void {
  presenceReporter(registry)();
  if (!runtimeStats) {
    return;
  }
  declareStatistics(registry);
  for (const metric of registry.instanceMetrics()) {
    if (metric.name.startsWith('nodejs/')) {
      fill(metric as unknown as Settable);
    }
  }
}

function declareStatistics(registry: Registry): RuntimeStatistics {
  return new RuntimeStatistics(registry);
}

type Settable = Pick<FloatGauge<Record<string, 'string'>>, 'kind' | 'fields' | 'set'> &
  Pick<Counter<Record<string, 'string'>>, 'add'>;

function fill(metric: Settable): void {
  const [field] = metric.fields.names;
  const values: readonly (string | undefined)[] = field ? FIELD_VALUES[field]! : [undefined];
  for (const value of values) {
    const fields = (field ? { [field]: value } : {}) as Record<string, string>;
    if (metric.kind.cumulative) {
      metric.add(1, fields);
    } else {
      metric.set(valueFor(metric) as number, fields);
    }
  }
}

function valueFor({ kind }: Pick<Settable, 'kind'>): FieldValue {
  return kind.valueType === 'string' ? process.version : 1;
}
