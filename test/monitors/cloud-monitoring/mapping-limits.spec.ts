import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import {
  at,
  busy,
  cell,
  distribution,
  durations,
  enabled,
  hits,
  load,
  orders,
  queue,
  version,
} from './cells.js';
import { logged, monitorOf, send, startServer } from './monitors.js';
import { received } from './received-series.js';

describe('cells that the API cannot take', () => {
  const registry = new Registry();
  const many = (count: number): Record<string, 'string'> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'string' as const]));

  it.each([
    ['31 fields', new Counter('m/fields', { registry, fields: many(31) }), 'has 31 labels'],
    [
      '30 fields and the value of a StringGauge',
      new StringGauge('m/strings', { registry, fields: many(30) }),
      'has 31 labels',
    ],
    [
      'a field "value" of a StringGauge',
      new StringGauge('m/value', { registry, fields: { value: 'string' } }),
      'Rename the field of that name',
    ],
    [
      'fields that get one name',
      new Counter('m/twins', { registry, fields: { _a: 'string', key_a: 'string' } }),
      'the label "key_a" twice',
    ],
  ])('are rejected for good, with one warning: %s', async (_, metric, words) => {
    const server = await startServer();
    const monitor = monitorOf(server);
    const { warnings } = logged();
    const value = metric instanceof StringGauge ? 'x' : 1;
    const bad = cell(metric, value, metric.fields.names.map(String));
    for (const sec of [1, 11]) {
      const { rejected } = await send(monitor, [bad, cell(hits, 1)], at(sec));
      expect(rejected).toEqual([
        { index: 0, reason: expect.stringContaining(words) as string, outcome: 'refused' },
      ]);
    }
    expect(warnings).toEqual([expect.stringContaining(`"${metric.name}"`)]);
    expect(server.seriesOf('shop/hits')).toHaveLength(2);
  });

  it('do not include 30 fields, a leading "_" and 198 finite buckets', async () => {
    const bucketer = Bucketer.fixedWidth(1, 198);
    const wide = new CumulativeDistribution('m/wide', { registry, bucketer });
    const fields = new Counter('m/most', { registry, fields: { _a: 'string', ...many(29) } });
    const series = await received(
      cell(wide, distribution(bucketer, 500)),
      cell(fields, 1, fields.fields.names),
    );
    expect(series[0]!.points[0].value.distributionValue!.bucketCounts).toHaveLength(200);
    expect(series[1]!.metric.labels.key_a).toBe('_a');
  });

  it('with 199 finite buckets are rejected for good, with one warning', async () => {
    const { warnings } = logged();
    const bucketer = Bucketer.fixedWidth(1, 199);
    const wider = new CumulativeDistribution('m/wider', { registry, bucketer });
    const monitor = monitorOf(await startServer());
    const { rejected } = await send(monitor, [cell(wider, distribution(bucketer, 1))], at(1));
    expect(rejected).toMatchObject([{ index: 0, outcome: 'refused' }]);
    expect(warnings).toEqual([expect.stringMatching(/"m\/wider" has 201 buckets/)]);
  });

  it('with too long names and values of labels are cut, with one warning each', async () => {
    const { warnings } = logged();
    const name = 'a'.repeat(120);
    const long = new Counter('m/long', { registry, fields: { [name]: 'string', b: 'string' } });
    const server = await startServer();
    const monitor = monitorOf(server);
    const cells = [
      cell(long, 1, ['x'.repeat(1023) + '😀', 'b']),
      cell(long, 1, ['y'.repeat(2000), 'b']),
    ];
    expect(await send(monitor, cells, at(1))).toEqual({ rejected: [] });
    expect(server.written.map(({ metric }) => metric.labels[name.slice(0, 100)])).toEqual([
      `${'x'.repeat(1023)}\uFFFD`,
      'y'.repeat(1024),
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/"m\/long" has a field of 120 characters/),
      expect.stringMatching(/"m\/long" has values of the label "a+" of more than 1024 characters/),
    ]);
  });

  it('that differ only in what is cut have the first one written, with one warning', async () => {
    const { warnings } = logged();
    const server = await startServer();
    const monitor = monitorOf(server);
    const cells = [1, 2].map(i => cell(orders, i, [`${'x'.repeat(1024)}${i}`, 0, false]));
    for (const sec of [1, 61]) {
      expect((await send(monitor, cells, at(sec))).rejected).toMatchObject([
        { index: 1, outcome: 'refused' },
      ]);
    }
    expect((await send(monitor, [cells[1]!], at(62))).rejected).toHaveLength(1);
    expect(server.written.map(({ points }) => points[0].value.int64Value)).toEqual(['1', '1']);
    expect(warnings.filter(text => text.includes('are one stream'))).toHaveLength(1);
  });

  it('of metrics that differ only in a leading slash have those of the first written, with one warning', async () => {
    const { warnings } = logged();
    const server = await startServer();
    const monitor = monitorOf(server);
    const twin = new IntGauge('/shop/hits', { registry });
    const { rejected } = await send(monitor, [cell(hits, 1), cell(twin, 2)], at(1));
    expect(rejected).toMatchObject([{ index: 1, outcome: 'refused' }]);
    expect(warnings).toEqual([
      expect.stringMatching(/metric "\/shop\/hits" would be the same as metric "shop\/hits"/),
    ]);
  });

  it('with values of a wrong type do no harm to others', async () => {
    const server = await startServer();
    const broken = [
      cell(hits, NaN),
      cell(busy, Infinity),
      cell(enabled, 1),
      cell(durations, 1),
      cell(version, 1, ['a']),
      cell(orders, 1, ['too few']),
      cell(hits, 1.5),
      cell(queue, 1, [], undefined, NaN),
    ];
    const { rejected } = await send(monitorOf(server), [...broken, cell(load, 1)], at(1));
    expect(rejected.map(({ index, outcome }) => [index, outcome])).toEqual(
      broken.map((_, i) => [i, 'refused']),
    );
    expect(server.written).toHaveLength(1);
  });
});
