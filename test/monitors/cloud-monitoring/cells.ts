import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../../lib/metrics/counter.js';
import { Distribution } from '../../../lib/metrics/distribution.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../../lib/metrics/non-cumulative-distribution.js';
import type { FieldValue } from '../../../lib/metrics/fields.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import type { CellValue, MetricDeclaration } from '../../../lib/metrics/metric-declaration.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { Units } from '../../../lib/metrics/units.js';
import type { Cell } from '../../../lib/store/cell.js';
import type { Target } from '../../../lib/targets/target.js';
import { Task } from '../../../lib/targets/task.js';

export const registry = new Registry();

export const task = new Task({
  serviceName: 'my-shop',
  jobName: 'checkout',
  dataCenter: 'europe-west1',
  hostName: 'v1',
  taskNum: 2,
});

/** A minute ago, so that a minute of flushes fits before now. */
export const startTime = (Math.floor(Date.now() / 1000) - 60) * 1e6 + 123_456;

/** So many seconds after the start. */
export function at(sec: number): number {
  return startTime + sec * 1e6;
}

export const orders = new Counter('shop/orders', {
  registry,
  description: 'Orders placed.',
  fields: { status: 'string', retries: 'int', gift: 'bool' },
});
export const hits = new Counter('shop/hits', { registry });
export const busy = new FloatCounter('shop/busy', { registry, units: Units.Seconds });
export const queue = new IntGauge('shop/queue', { registry });
export const load = new FloatGauge('shop/load', { registry, units: Units.Kibibytes });
export const version = new StringGauge('shop/version', { registry, fields: { part: 'string' } });
export const enabled = new BoolGauge('shop/enabled', { registry });
export const tenths = Bucketer.fixedWidth(10, 3);
export const durations = new CumulativeDistribution('shop/durations', {
  registry,
  units: Units.Milliseconds,
  bucketer: tenths,
});
export const ages = new NonCumulativeDistribution('shop/ages', { registry, units: Units.Seconds });

export function cell(
  metric: MetricDeclaration,
  value: CellValue,
  fieldValues: readonly FieldValue[] = [],
  target: Target = task,
  resetTime: number = startTime,
): Cell {
  return { metric, fieldValues, target, resetTime, value };
}

export function distribution(bucketer: Bucketer, ...samples: number[]): Distribution {
  const result = new Distribution(bucketer);
  samples.forEach(sample => result.add(sample));
  return result;
}

/** So many cells of one counter. */
export function orderCells(count: number, value = 1): Cell[] {
  return Array.from({ length: count }, (_, i) => cell(orders, value, ['ok', i, false]));
}
