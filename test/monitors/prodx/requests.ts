import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../../lib/metrics/counter.js';
import { Distribution } from '../../../lib/metrics/distribution.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../../lib/metrics/non-cumulative-distribution.js';
import type { FieldValue } from '../../../lib/metrics/fields.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import type { CellValue, MetricDeclaration } from '../../../lib/metrics/metric-declaration.js';
import { Registry } from '../../../lib/metrics/registry.js';
import type { RejectedCell } from '../../../lib/monitors/monitor.js';
import { loadInsertMethod } from '../../../lib/monitors/prodx/insert-method.js';
import { payloadParts } from '../../../lib/monitors/prodx/metrics-payload.js';
import { TimeSlice } from '../../../lib/clock/time-slice.js';
import type { Cell } from '../../../lib/store/cell.js';
import type { Target } from '../../../lib/targets/target.js';
import { Task } from '../../../lib/targets/task.js';
import { decodedRequest, type Collection, type Message } from './messages.js';

const nobody = new Task({ serviceName: '', jobName: '' });
const micros = (iso: string): number => Date.parse(iso) * 1000;
const resetTime = micros('2000-01-02T03:04:05Z') + 6;
export const now = micros('2001-01-02T03:04:05Z') + 6;

export const options = { registry: new Registry(), description: 'bar' };
export const fields = { f: 'string', n: 'int', b: 'bool' } as const;
export const foo = new IntGauge('foo', { ...options, units: 's' });
export const counter = new Counter('counter', { ...options, fields });
export const floats = new FloatCounter('floats', { ...options, units: 'ms' });
export const load = new FloatGauge('load', options);
export const text = new StringGauge('text', options);
export const bool = new BoolGauge('bool', options);
export const ages = new NonCumulativeDistribution('ages', { ...options, units: 's' });
export const times = new CumulativeDistribution('times', options);

export function cell(
  metric: MetricDeclaration,
  value: CellValue,
  fieldValues: readonly FieldValue[] = [],
  target: Target = nobody,
): Cell {
  return { metric, fieldValues, target, resetTime, value };
}

export function distributionOf(bucketer: Bucketer, ...samples: number[]): Distribution {
  const distribution = new Distribution(bucketer);
  samples.forEach(sample => distribution.add(sample));
  return distribution;
}

/** Cells as the bytes of a request, and how many parts it was serialised in. */
export async function encoded(
  cells: readonly Cell[],
  { endTime = now, namePrefix = '/chrome/infra/' } = {},
): Promise<{ bytes: Buffer; parts: number; rejected: RejectedCell[] }> {
  const slice = new TimeSlice();
  const { parts, rejected } = await payloadParts(cells, endTime, namePrefix, slice);
  const { serialize } = await loadInsertMethod();
  const bytes = await serialize(parts, slice);
  return { bytes, parts: parts.length, rejected };
}

/** What the server reads of cells of which none is broken. */
export async function sent(...cells: Cell[]): Promise<Collection[]> {
  const { bytes, rejected } = await encoded(cells);
  if (rejected.length > 0) {
    throw new Error(rejected[0]!.reason);
  }
  return decodedRequest(bytes);
}

/** The `MetricsData` of a cell. */
export async function dataSent(one: Cell): Promise<Message> {
  const [collection] = await sent(one);
  return collection!.metrics_data_set[0]!.data[0]!;
}
