import { describe, expect, it } from 'vitest';
import { metricsOf } from '../../lib/sources/prometheus-values.js';

type Value = Parameters<typeof metricsOf>[0]['values'][number];

function bucket(route: string, le: number | string, value: number): Value {
  return { metricName: 'c_bucket', labels: { le, route }, value };
}

function pointsOf(values: Value[]) {
  return metricsOf({ name: 'c', help: 'C.', type: 'histogram', values }, 'c', {})[0]!.points;
}

describe('histograms of prom-client', () => {
  it('may list their buckets in any order', () => {
    const sum = { metricName: 'c_sum', labels: { route: '/a' }, value: 9 };
    const values = [bucket('/a', '+Inf', 6), bucket('/a', 1, 3), sum, bucket('/a', '0.1', 1)];
    expect(pointsOf(values)).toEqual([
      {
        attributes: { route: '/a' },
        value: { bounds: [0.1, 1], bucketCounts: [1, 2, 3], count: 6, sum: 9 },
      },
    ]);
  });

  it('may list their series in turn, also after one that has a label more', () => {
    const more = { metricName: 'c_bucket', labels: { le: '+Inf', route: '/a', code: 1 }, value: 7 };
    const values = [
      more,
      bucket('/a', 1, 2),
      bucket('/b', 1, 0),
      bucket('/a', '+Inf', 3),
      bucket('/b', '+Inf', 4),
    ];
    expect(pointsOf(values).map(({ value }) => value)).toEqual([
      { bounds: [], bucketCounts: [7], count: 7, sum: 0 },
      { bounds: [1], bucketCounts: [2, 1], count: 3, sum: 0 },
      { bounds: [1], bucketCounts: [0, 4], count: 4, sum: 0 },
    ]);
  });

  it('are told apart by a label without a value', () => {
    const values = [{ a: '1' }, { b: undefined }].map(labels => ({
      metricName: 'c_bucket',
      labels: { le: '+Inf', ...labels },
      value: 1,
    }));
    expect(pointsOf(values as Value[])).toHaveLength(2);
  });
});
