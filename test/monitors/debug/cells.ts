import type { Distribution } from '../../../lib/metrics/distribution.js';
import type { FieldValue } from '../../../lib/metrics/fields.js';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../../lib/metrics/non-cumulative-distribution.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import type { CellValue, MetricDeclaration } from '../../../lib/metrics/metric-declaration.js';
import { Registry } from '../../../lib/metrics/registry.js';
import type { Cell } from '../../../lib/store/cell.js';
import { Task } from '../../../lib/targets/task.js';
import type { Target } from '../../../lib/targets/target.js';

const registry = new Registry();

export const task = new Task({
  serviceName: 'my-shop',
  jobName: 'checkout',
  dataCenter: 'europe-west1',
  hostName: 'v1',
  taskNum: 2,
});
export const startTime = Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 901;
export const endTime = startTime + 60_000_000;

export const orders = new Counter('shop/orders', {
  registry,
  fields: { status: 'string', retries: 'int' },
});
export const seconds = new FloatCounter('shop/busy', { registry, units: 's' });
export const queue = new IntGauge('shop/queue', { registry });
export const load = new FloatGauge('shop/load', { registry });
export const version = new StringGauge('shop/version', { registry });
export const enabled = new BoolGauge('shop/enabled', { registry });
export const durations = new CumulativeDistribution('shop/durations', {
  registry,
  units: 'ms',
  bucketer: Bucketer.fixedWidth(10, 3),
});
export const ages = new NonCumulativeDistribution('shop/ages', { registry, units: 's' });

export function cell(
  metric: MetricDeclaration,
  value: CellValue | Distribution,
  fieldValues: readonly FieldValue[] = [],
  target: Target = task,
): Cell {
  return { metric, fieldValues, target, resetTime: startTime, value };
}
