import { describe, expect, it } from 'vitest';
import { HttpMetrics } from '../../lib/http/server/http-metrics.js';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { prometheusText } from '../../lib/prometheus/prometheus-text.js';
import { writtenBounds } from '../../lib/prometheus/written-bounds.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { cell, distribution, endTime, task } from '../monitors/opentelemetry/cells.js';
import { targetWith } from './cells.js';

const FINE = Bucketer.geometric(1.01, 1000);

const boundsOf = (bucketer: Bucketer): number[] =>
  writtenBounds(bucketer).map(i => bucketer.lowerBounds[i]!);

async function seriesOf(bucketer: Bucketer, ...samples: number[]): Promise<[string, number][]> {
  const metric = new CumulativeDistribution('d', { registry: new Registry(), bucketer });
  const value = distribution(bucketer, ...samples);
  const text = await prometheusText([cell(metric, value, [], targetWith({}))], endTime);
  return text
    .split('\n')
    .filter(line => line.startsWith('d_'))
    .map(line => line.split(' '))
    .map(([name, number]) => [name!, Number(number)]);
}

describe('the bounds of a histogram in Prometheus', () => {
  it('give a service of 21 routes at most 16 series for each cell of its HTTP metrics', async () => {
    const registry = new Registry();
    const metrics = new HttpMetrics(registry);
    for (let route = 0; route < 21; route++) {
      const fields = { status: 200, name: `/routes/${route}`, userAgent: undefined };
      metrics.record({ ...fields, durationMs: 0.3, requestBytes: 0, responseBytes: 5000 });
    }
    const cells = storeOf(registry).snapshot(registry.instanceMetrics(), task);
    const text = await prometheusText(cells, endTime);
    const series = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
    expect(cells).toHaveLength(84);
    expect(series).toHaveLength(21 * (15 + 1 + 16 + 16));
  });

  it.each([
    Bucketer.default,
    Bucketer.fixedWidth(10, 100),
    Bucketer.fixedWidth(1, 12),
    Bucketer.fixedWidth(1, 13),
    Bucketer.geometric(1.0001, 10_000),
    Bucketer.geometric(1.5, 40, 0.1),
    Bucketer.geometric(7, 100),
    FINE,
  ])('make at most 16 series of a cell by %s', async bucketer => {
    const series = await seriesOf(bucketer, 1, 5, 1000);
    expect(series.length).toBeLessThanOrEqual(16);
    expect(series.length).toBeGreaterThan(8);
  });

  it('are all written where there are few', () => {
    expect(boundsOf(Bucketer.fixedWidth(5, 12))).toEqual(
      [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60], // prettier-ignore
    );
    expect(boundsOf(Bucketer.geometric(2, 3))).toEqual([1, 2, 4, 8]);
    expect(boundsOf(Bucketer.fixedWidth(1, 1))).toEqual([0, 1]);
  });

  it('are at equal steps down from the highest', () => {
    expect(boundsOf(Bucketer.fixedWidth(10, 100))).toEqual(
      [10, 100, 190, 280, 370, 460, 550, 640, 730, 820, 910, 1000], // prettier-ignore
    );
    expect(boundsOf(Bucketer.geometric(2, 24))).toEqual(
      Array.from({ length: 13 }, (_, i) => 4 ** i),
    );
  });

  it('stay within a factor of 5 where buckets grow, if need be up from the lowest', () => {
    const bounds = boundsOf(Bucketer.default);
    expect(bounds).toHaveLength(13);
    expect(bounds[0]).toBe(1);
    expect(bounds.at(-1)).toBeCloseTo(10 ** 7.2, -2);
    bounds.slice(1).forEach((bound, i) => expect(bound / bounds[i]!).toBeCloseTo(10 ** 0.6));
    expect(boundsOf(Bucketer.geometric(7, 100))[12]).toBe(7 ** 12);
  });

  it('are all written where they were given explicitly', () => {
    const many = Array.from({ length: 199 }, (_, i) => i ** 2);
    expect(boundsOf(Bucketer.explicit(many))).toEqual(many);
    expect(boundsOf(Bucketer.explicit([0.5]))).toEqual([0.5]);
  });

  it('have the counts that they have among all bounds', async () => {
    const samples = Array.from({ length: 500 }, (_, i) => 1.03 ** i);
    const series = await seriesOf(FINE, ...samples, 0, 1e9);
    const buckets = series.slice(0, -3);
    expect(buckets.length).toBeGreaterThan(10);
    for (const [name, count] of buckets) {
      const bound = Number(/le="(.+)"/.exec(name)![1]);
      expect([bound, count]).toEqual([bound, 1 + samples.filter(each => each < bound).length]);
    }
    expect(series.slice(-3).map(([name, value]) => [name, Math.round(value)])).toEqual([
      ['d_bucket{le="+Inf"}', 502],
      ['d_sum', Math.round(samples.reduce((sum, each) => sum + each, 1e9))],
      ['d_count', 502],
    ]);
  });

  it('are the same whatever was recorded', async () => {
    const namesOf = async (...samples: number[]): Promise<string[]> =>
      (await seriesOf(Bucketer.default, ...samples)).map(([name]) => name);
    expect(await namesOf(0)).toEqual(await namesOf(1e30));
    expect(await namesOf()).toEqual(await namesOf(1, 2, 3));
  });
});
