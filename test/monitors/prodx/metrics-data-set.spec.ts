import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Distribution } from '../../../lib/metrics/distribution.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { decodedRequest } from './messages.js';
import {
  ages,
  bool,
  cell,
  counter,
  dataSent,
  distributionOf,
  encoded,
  floats,
  foo,
  load,
  sent,
  text,
  times,
} from './requests.js';

describe('a data set', () => {
  it.each([
    [foo, 1, 'GAUGE', 'INT64', { int64_value: '1' }],
    [counter, 1, 'CUMULATIVE', 'INT64', { int64_value: '1' }],
    [load, 0.5, 'GAUGE', 'DOUBLE', { double_value: 0.5 }],
    [floats, -0.5, 'CUMULATIVE', 'DOUBLE', { double_value: -0.5 }],
    [text, 'v1', 'GAUGE', 'STRING', { string_value: 'v1' }],
    [bool, true, 'GAUGE', 'BOOL', { bool_value: true }],
    [ages, new Distribution(), 'GAUGE', 'DISTRIBUTION', { distribution_value: expect.anything() }],
    [
      times,
      new Distribution(),
      'CUMULATIVE',
      'DISTRIBUTION',
      { distribution_value: expect.anything() },
    ],
  ])('%s', async (metric, value, streamKind, valueType, wireValue) => {
    const values = metric === counter ? ['', 0, false] : [];
    const [collection] = await sent(cell(metric, value, values));
    const [dataSet] = collection!.metrics_data_set;
    expect(dataSet).toMatchObject({
      stream_kind: streamKind,
      value_type: valueType,
      description: 'bar',
    });
    const { field: _, ...data } = dataSet!.data[0]!;
    const end = { seconds: String(Date.UTC(2001, 0, 2, 3, 4, 5) / 1000), nanos: 6000 };
    const start = { ...end, seconds: String(Date.UTC(2000, 0, 2, 3, 4, 5) / 1000) };
    expect(data).toEqual({
      ...wireValue,
      start_timestamp: streamKind === 'GAUGE' ? end : start,
      end_timestamp: end,
    });
  });

  it('has its zeros', async () => {
    expect(await dataSent(cell(foo, 0))).toMatchObject({ int64_value: '0' });
    expect(await dataSent(cell(load, 0))).toMatchObject({ double_value: 0 });
    expect(await dataSent(cell(text, ''))).toMatchObject({ string_value: '' });
    expect(await dataSent(cell(bool, false))).toMatchObject({ bool_value: false });
    expect(await dataSent(cell(counter, 0, ['', 0, false]))).toMatchObject({
      int64_value: '0',
      field: [
        { name: 'f', string_value: '' },
        { name: 'n', int64_value: '0' },
        { name: 'b', bool_value: false },
      ],
    });
    const undescribed = new IntGauge('undescribed', { registry: new Registry() });
    const [collection] = await sent(cell(undescribed, 0));
    expect(collection!.metrics_data_set[0]).toMatchObject({ description: '' });
    expect(collection!.metrics_data_set[0]).not.toHaveProperty('annotations');
  });

  it.each([
    [foo, { unit: 's', timestamp: true }],
    [floats, { unit: 'ms', timestamp: true }],
    [ages, { unit: 's', timestamp: false }],
    [
      new IntGauge('bytes', { registry: new Registry(), units: 'By' }),
      { unit: 'By', timestamp: false },
    ],
  ])('annotations of %s', async (metric, annotations) => {
    const value = metric === ages ? new Distribution() : 1;
    const [collection] = await sent(cell(metric, value));
    expect(collection!.metrics_data_set[0]!.annotations).toEqual(annotations);
  });

  it('of an empty distribution has neither mean nor bucket counts, one of zeros has a mean', async () => {
    const exponential_buckets = { num_finite_buckets: 100, growth_factor: 10 ** 0.2, scale: 1 };
    expect(await dataSent(cell(ages, new Distribution()))).toMatchObject({
      distribution_value: { count: '0', exponential_buckets },
    });
    const { distribution_value } = await dataSent(cell(ages, new Distribution()));
    expect(Object.keys(distribution_value as object)).toEqual(['count', 'exponential_buckets']);
    const zeros = distributionOf(Bucketer.geometric(2, 4, 0.5), 0, 0);
    expect((await dataSent(cell(ages, zeros))).distribution_value).toEqual({
      count: '2',
      mean: 0,
      exponential_buckets: { num_finite_buckets: 4, growth_factor: 2, scale: 0.5 },
      bucket_count: ['2'],
    });
  });

  it('the overflow bucket is the last count of all', async () => {
    const over = distributionOf(Bucketer.fixedWidth(1, 300), 1e9, -1);
    const { distribution_value } = await dataSent(cell(times, over));
    const { bucket_count } = distribution_value as { bucket_count: string[] };
    expect(bucket_count).toHaveLength(302);
    expect([bucket_count[0], bucket_count[301], new Set(bucket_count).size]).toEqual(['1', '1', 2]);
  });

  it.each([
    ['foo', '/my/prefix/foo'],
    ['/foo/bar', '/foo/bar'],
    ['/my/prefix/foo', '/my/prefix/foo'],
  ])('names the metric %s with the prefix of the options: %s', async (name, expected) => {
    const metric = new IntGauge(name, { registry: new Registry() });
    const { bytes } = await encoded([cell(metric, 1)], { namePrefix: '/my/prefix/' });
    expect(decodedRequest(bytes)[0]!.metrics_data_set[0]!.metric_name).toBe(expected);
  });
});
