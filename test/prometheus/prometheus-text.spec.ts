import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import type { Metric } from '../../lib/metrics/metric.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Units } from '../../lib/metrics/units.js';
import { prometheusText } from '../../lib/prometheus/prometheus-text.js';
import type { Cell } from '../../lib/store/cell.js';
import { turnsDuring } from '../monitors/debug/turns.js';
import { cell, distribution, endTime, oneOfEach, orders } from '../monitors/opentelemetry/cells.js';
import { targetWith, valueFor } from './cells.js';

const TASK =
  'service_name="my-shop",job_name="checkout",data_center="europe-west1",host_name="v1",task_num="2"';

/** Without the comments. */
async function linesOf(cells: readonly Cell[]): Promise<string[]> {
  const text = await prometheusText(cells, endTime);
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .filter(line => !/^# (?!HELP|TYPE)/.test(line));
}

const NOBODY = targetWith({});

/** The names of families, in the order of the metrics. */
async function namesOf(...metrics: Metric[]): Promise<string[]> {
  const cells = metrics.map(metric => cell(metric, valueFor(metric), [], NOBODY));
  const lines = await linesOf(cells);
  return lines.filter(line => line.startsWith('# TYPE')).map(line => line.split(' ')[2]!);
}

describe('prometheusText', () => {
  it('writes each kind', async () => {
    const text = await prometheusText(oneOfEach(), endTime);
    expect(text).toBe(`# 9 cells at 2026-01-02T03:05:05.678902Z
# HELP shop_ages_seconds The metric shop/ages.
# TYPE shop_ages_seconds histogram
shop_ages_seconds_bucket{${TASK},le="1"} 1
shop_ages_seconds_bucket{${TASK},le="2"} 2
shop_ages_seconds_bucket{${TASK},le="4"} 3
shop_ages_seconds_bucket{${TASK},le="8"} 3
shop_ages_seconds_bucket{${TASK},le="16"} 3
shop_ages_seconds_bucket{${TASK},le="+Inf"} 3
shop_ages_seconds_sum{${TASK}} 3
shop_ages_seconds_count{${TASK}} 3
# HELP shop_busy_seconds_total The metric shop/busy.
# TYPE shop_busy_seconds_total counter
shop_busy_seconds_total{${TASK}} 1.5
# HELP shop_durations_seconds The metric shop/durations.
# TYPE shop_durations_seconds histogram
shop_durations_seconds_bucket{${TASK},le="0"} 0
shop_durations_seconds_bucket{${TASK},le="0.01"} 2
shop_durations_seconds_bucket{${TASK},le="0.02"} 3
shop_durations_seconds_bucket{${TASK},le="0.03"} 4
shop_durations_seconds_bucket{${TASK},le="+Inf"} 6
shop_durations_seconds_sum{${TASK}} 1.074
shop_durations_seconds_count{${TASK}} 6
# HELP shop_enabled The metric shop/enabled.
# TYPE shop_enabled gauge
shop_enabled{${TASK}} 1
# HELP shop_load The metric shop/load.
# TYPE shop_load gauge
shop_load{${TASK}} 0.25
# HELP shop_orders_total Orders placed.
# TYPE shop_orders_total counter
shop_orders_total{${TASK},status="ok",retries="-3",gift="true"} 9007199254740991
# HELP shop_queue The metric shop/queue.
# TYPE shop_queue gauge
shop_queue{${TASK}} -7
# HELP shop_sizes_bytes The metric shop/sizes.
# TYPE shop_sizes_bytes histogram
shop_sizes_bytes_bucket{${TASK},le="0.5"} 1
shop_sizes_bytes_bucket{${TASK},le="1"} 2
shop_sizes_bytes_bucket{${TASK},le="2"} 4
shop_sizes_bytes_bucket{${TASK},le="4"} 4
shop_sizes_bytes_bucket{${TASK},le="8"} 5
shop_sizes_bytes_bucket{${TASK},le="+Inf"} 7
shop_sizes_bytes_sum{${TASK}} 27.25
shop_sizes_bytes_count{${TASK}} 7
# HELP shop_version_info The metric shop/version.
# TYPE shop_version_info gauge
shop_version_info{${TASK},value="v1 \\"β\\""} 1
`);
  });

  it('writes all bounds of an explicit bucketer', async () => {
    const bucketer = Bucketer.explicit([100, 300]);
    const units = Units.Milliseconds;
    const waits = new CumulativeDistribution('w', { registry: new Registry(), units, bucketer });
    const value = distribution(bucketer, 50, 100, 250, 1000);
    expect((await linesOf([cell(waits, value, [], NOBODY)])).slice(2)).toEqual([
      'w_seconds_bucket{le="0.1"} 1',
      'w_seconds_bucket{le="0.3"} 3',
      'w_seconds_bucket{le="+Inf"} 4',
      'w_seconds_sum 1.4',
      'w_seconds_count 4',
    ]);
  });

  it('writes no metric without cells', async () => {
    expect(await linesOf([])).toEqual([]);
  });

  it('escapes labels and help', async () => {
    const gauge = new IntGauge('g', {
      registry: new Registry(),
      description: ' a\\b\n"c" ',
      fields: { text: 'string' },
    });
    expect(await linesOf([cell(gauge, 1, ['a\\b\n"c"\ud800'], NOBODY)])).toEqual([
      '# HELP g a\\\\b\\n"c"',
      '# TYPE g gauge',
      'g{text="a\\\\b\\n\\"c\\"\uFFFD"} 1',
    ]);
  });

  it('writes numbers as Prometheus reads them', async () => {
    const gauge = new FloatGauge('g', { registry: new Registry(), fields: { n: 'int' } });
    const values = [1e21, -1e-7, 0.1, -0, Number.MIN_VALUE, Number.MAX_VALUE];
    const lines = await linesOf(values.map((value, i) => cell(gauge, value, [i], NOBODY)));
    expect(lines.slice(2).map(line => line.split(' ')[1])).toEqual([
      '1e+21',
      '-1e-7',
      '0.1',
      '0',
      '5e-324',
      '1.7976931348623157e+308',
    ]);
  });

  it('converts to base units without rounding twice', async () => {
    const values = [1, 9, 1001, 123_457];
    for (const [units, factor] of [
      ['ms', 1e3],
      ['us', 1e6],
      ['ns', 1e9],
    ] as const) {
      const gauge = new IntGauge('g', { registry: new Registry(), units, fields: { n: 'int' } });
      const lines = await linesOf(values.map(value => cell(gauge, value, [value], NOBODY)));
      expect(lines.slice(2).map(line => Number(line.split(' ')[1]))).toEqual(
        values.map(value => value / factor),
      );
    }
  });

  it('leaves out broken cells, and says so in a comment', async () => {
    const gauge = new IntGauge('g', { registry: new Registry() });
    const text = await prometheusText([cell(gauge, NaN), cell(gauge, 2)], endTime);
    expect(text).toMatch(/^# Left out: .*"g".*NaN$/m);
    expect(text).toContain(`g{${TASK}} 2\n`);
  });

  it('writes two targets with the same labels as one series', async () => {
    const gauge = new IntGauge('g', { registry: new Registry() });
    const lines = await linesOf([
      cell(gauge, 1, [], targetWith({ a: 1 }, 'one')),
      cell(gauge, 2, [], targetWith({ a: '1' }, 'other')),
    ]);
    expect(lines.slice(2)).toEqual(['g{a="1"} 1']);
  });

  it('F9 lets other work go first while it writes 100,000 cells', async () => {
    const cells = Array.from({ length: 100_000 }, (_, i) => cell(orders, i, [`s${i}`, i, true]));
    expect(await turnsDuring(() => prometheusText(cells, endTime))).toBeGreaterThan(5);
  });
});

describe('names in Prometheus', () => {
  const registry = () => new Registry();
  const gauge = (name: string, units?: Units) =>
    new IntGauge(name, { registry: registry(), units });
  const counter = (name: string, units?: Units) =>
    new Counter(name, { registry: registry(), units });

  it.each<[string, Metric]>([
    ['orders_total', counter('orders')],
    ['c_orders_total', counter('c/orders_total')],
    [
      'gc_pause_seconds_total',
      new FloatCounter('gc/pause_total', { registry: registry(), units: 's' }),
    ],
    ['c_size_bytes_total', counter('c/size', Units.Bytes)],
    ['c_size_bytes_total', counter('c/size_bytes', Units.Kibibytes)],
    ['a_b_c', gauge('/a/b-c')],
    ['_2xx', gauge('2xx')],
    ['_', gauge('-')],
    ['open_orders_httperrors', gauge('openOrders/HTTPErrors')],
    ['g_latency_seconds', gauge('g/latency_ms', Units.Milliseconds)],
    ['g_latency_seconds', gauge('g/latency', Units.Nanoseconds)],
    ['s_seconds', gauge('s', Units.Seconds)],
    ['g_line_bytes', gauge('g/line', Units.Bits)],
    ['g_current_amperes', gauge('g/current', Units.Milliamperes)],
    ['g_heat_celsius', gauge('g/heat', Units.DegreesCelsius)],
    ['g_queue_total_value', gauge('g/queue_total')],
    ['g_queue_count_value', gauge('g/queue/count')],
    ['g_queue_count_bytes', gauge('g/queue/count', Units.Bytes)],
    ['g_up', new BoolGauge('g/up', { registry: registry() })],
    ['g_version_info', new StringGauge('g/version', { registry: registry() })],
    ['g_build_info', new StringGauge('g/build_info', { registry: registry() })],
    ['d_sum_value', new CumulativeDistribution('d/sum', { registry: registry() })],
    [
      'd_bucket_seconds',
      new NonCumulativeDistribution('d/bucket', { registry: registry(), units: 'ms' }),
    ],
  ])('are such as %s', async (name, metric) => {
    expect(await namesOf(metric)).toEqual([name]);
  });

  it('stay different if two metrics would share one, whatever their order', async () => {
    const metrics = [
      gauge('x/a_b'),
      gauge('x/a-b'),
      gauge('/x/a/b'),
      counter('x/t'),
      counter('x/t_total'),
      new StringGauge('x/v', { registry: registry() }),
      gauge('x/v_info'),
      new CumulativeDistribution('x/h', { registry: registry() }),
      gauge('x/h_count'),
      gauge('x/h_count_value'),
      gauge('x/h_bucket'),
    ];
    const names = await namesOf(...metrics);
    expect(new Set(names).size).toBe(metrics.length);
    expect(await namesOf(...metrics.toReversed())).toEqual(names);
    expect(names).toContain('x_a_b_2');
    expect(names).toContain('x_t_2_total');
  });

  it('are one for two copies of a declaration, and two for those that differ', async () => {
    const copy = new Counter('orders', { registry: new Registry() });
    const other = new Counter('orders', { registry: new Registry(), description: 'Other.' });
    const first = new Counter('orders', { registry: new Registry() });
    const lines = await linesOf([
      cell(first, 1, [], targetWith({ a: 1 }, '1')),
      cell(other, 2, [], targetWith({ a: 1 }, '1')),
      cell(copy, 3, [], targetWith({ a: 2 }, '2')),
    ]);
    expect(lines.filter(line => !line.startsWith('#'))).toEqual([
      'orders_total{a="1"} 1',
      'orders_total{a="2"} 3',
      'orders_2_total{a="1"} 2',
    ]);
  });
});

describe('labels in Prometheus', () => {
  it('of fields give way to those of targets and of Prometheus itself', async () => {
    const gauge = new StringGauge('g', {
      registry: new Registry(),
      fields: {
        task_num: 'int',
        taskNum: 'int',
        le: 'int',
        quantile: 'int',
        __name__: 'int',
        value: 'int',
        job: 'int',
      },
    });
    const lines = await linesOf([cell(gauge, 'v', [1, 2, 3, 4, 5, 6, 7])]);
    expect(lines.at(-1)).toBe(
      `g_info{${TASK},field_task_num="1",field_field_task_num="2",field_le="3",field_quantile="4",_name__="5",value="6",job="7",text_value="v"} 1`,
    );
  });

  it('of targets are made names, and stay apart', async () => {
    const gauge = new IntGauge('g', { registry: new Registry() });
    const target = targetWith({ 'a-b': 1, a_b: 2, le: 3, '9': true, ä: 'x' });
    const lines = await linesOf([cell(gauge, 0, [], target)]);
    expect(lines.at(-1)).toBe('g{_9="true",a_b="1",target_a_b="2",target_le="3",_="x"} 0');
  });
});
