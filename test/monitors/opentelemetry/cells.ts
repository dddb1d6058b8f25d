import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../../lib/metrics/non-cumulative-distribution.js';
import { Distribution } from '../../../lib/metrics/distribution.js';
import type { FieldValue } from '../../../lib/metrics/fields.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import type { CellValue, MetricDeclaration } from '../../../lib/metrics/metric-declaration.js';
import { Registry } from '../../../lib/metrics/registry.js';
import type { Cell } from '../../../lib/store/cell.js';
import type { Target } from '../../../lib/targets/target.js';
import { Task } from '../../../lib/targets/task.js';

const registry = new Registry();

export const task = new Task({
  serviceName: 'my-shop',
  jobName: 'checkout',
  dataCenter: 'europe-west1',
  hostName: 'v1',
  taskNum: 2,
});
export const startTime = Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 901;
export const endTime = startTime + 60_000_001;

export const orders = new Counter('shop/orders', {
  registry,
  description: 'Orders placed.',
  fields: { status: 'string', retries: 'int', gift: 'bool' },
});
export const busy = new FloatCounter('shop/busy', { registry, units: 's' });
export const queue = new IntGauge('shop/queue', { registry });
export const load = new FloatGauge('shop/load', { registry });
export const version = new StringGauge('shop/version', { registry });
export const enabled = new BoolGauge('shop/enabled', { registry });
export const durations = new CumulativeDistribution('shop/durations', {
  registry,
  units: 'ms',
  bucketer: Bucketer.fixedWidth(10, 3),
});
export const sizes = new CumulativeDistribution('shop/sizes', {
  registry,
  units: 'By',
  bucketer: Bucketer.geometric(2, 4, 0.5),
});
export const ages = new NonCumulativeDistribution('shop/ages', {
  registry,
  units: 's',
  bucketer: Bucketer.geometric(2, 4),
});

export function cell(
  metric: MetricDeclaration,
  value: CellValue,
  fieldValues: readonly FieldValue[] = [],
  target: Target = task,
): Cell {
  return { metric, fieldValues, target, resetTime: startTime, value };
}

export function distribution(bucketer: Bucketer, ...samples: number[]): Distribution {
  const result = new Distribution(bucketer);
  samples.forEach(sample => result.add(sample));
  return result;
}

/** One cell of each kind. */
export function oneOfEach(): Cell[] {
  return [
    cell(orders, Number.MAX_SAFE_INTEGER, ['ok', -3, true]),
    cell(busy, 1.5),
    cell(queue, -7),
    cell(load, 0.25),
    cell(version, 'v1 "β"'),
    cell(enabled, true),
    cell(durations, distribution(durations.bucketer, 0, 5, 10, 29, 30, 1000)),
    cell(sizes, distribution(sizes.bucketer, 0.25, 0.5, 1, 1.5, 7, 8, 9)),
    cell(ages, distribution(ages.bucketer, -1, 1, 3)),
  ];
}
