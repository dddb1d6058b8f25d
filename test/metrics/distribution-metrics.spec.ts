import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { NO_NUMBERS } from './no-numbers.js';

const registry = (): { registry: Registry } => ({ registry: new Registry() });

describe('CumulativeDistribution', () => {
  it('counts samples in buckets', () => {
    const metric = new CumulativeDistribution('durations', {
      ...registry(),
      bucketer: Bucketer.fixedWidth(10, 3),
    });
    [0, 9, 10, 35].forEach(sample => metric.add(sample));
    expect(metric.get()).toMatchObject({ count: 4, sum: 54, bucketCounts: [0, 2, 1, 0, 1] });
  });

  it('has the default bucketer unless told', () => {
    const metric = new CumulativeDistribution('durations', registry());
    expect(metric.bucketer).toBe(Bucketer.default);
  });

  it('get() returns a copy: neither side sees what the other adds', () => {
    const metric = new CumulativeDistribution('durations', registry());
    metric.add(1);
    const copy = metric.get()!;
    metric.add(2);
    copy.add(3);
    copy.add(4);
    expect(metric.get()!.count).toBe(2);
    expect(copy.count).toBe(3);
  });

  it.each([-1, NaN, Infinity, -Infinity])('refuses the sample %s with a RangeError', sample => {
    const metric = new CumulativeDistribution('durations', registry());
    expect(() => metric.add(sample)).toThrow(RangeError);
    expect(metric.get()).toBeUndefined();
  });

  it.each(NO_NUMBERS)('takes numbers only, not %s', sample => {
    const metric = new CumulativeDistribution('durations', registry());
    expect(() => metric.add(sample as number)).toThrow(TypeError);
    expect(metric.get()).toBeUndefined();
  });

  it('a sum that would become infinite is a RangeError, and changes nothing', () => {
    const metric = new CumulativeDistribution('durations', registry());
    metric.add(Number.MAX_VALUE);
    expect(() => metric.add(Number.MAX_VALUE)).toThrow(RangeError);
    expect(metric.get()).toMatchObject({ count: 1, sum: Number.MAX_VALUE });
    expect(metric.get()!.bucketCounts.reduce((a, b) => a + b)).toBe(1);
  });
});

describe('set() of a CumulativeDistribution', () => {
  const bucketer = Bucketer.explicit([1, 10]);
  const metricOf = (): CumulativeDistribution =>
    new CumulativeDistribution('durations', { ...registry(), bucketer });
  const distributionOf = (...samples: number[]): Distribution => {
    const distribution = new Distribution(bucketer);
    samples.forEach(sample => distribution.add(sample));
    return distribution;
  };

  it('copies a distribution, and later samples add to it', () => {
    const metric = metricOf();
    const elsewhere = distributionOf(0.5, 5);
    metric.set(elsewhere);
    elsewhere.add(5);
    expect(metric.get()).toMatchObject({ count: 2, sum: 5.5, bucketCounts: [1, 1] });
    metric.cell().set(elsewhere);
    metric.add(20);
    expect(metric.get()).toMatchObject({ count: 4, sum: 30.5, bucketCounts: [1, 2, 1] });
    expect(elsewhere.count).toBe(3);
  });

  it.each([
    ['a bucket', distributionOf(5, 5, 20, 20), 'bucket 0 has 1 samples and cannot be set to 0'],
    ['the count', distributionOf(0.5, 5), 'bucket 1 has 2 samples and cannot be set to 1'],
    ['everything', distributionOf(), 'bucket 0 has 1 samples'],
    ['the sum', distributionOf(0.1, 2, 3), 'the sum is 10.5 and cannot be set to 5.1'],
  ])('is a RangeError where %s falls, and changes nothing', (_, lower, message) => {
    const metric = metricOf();
    metric.set(distributionOf(0.5, 5, 5));
    expect(() => metric.set(lower)).toThrow(RangeError);
    expect(() => metric.set(lower)).toThrow(message);
    expect(() => metric.cell().set(lower)).toThrow(message);
    expect(metric.get()).toMatchObject({ count: 3, sum: 10.5 });
  });

  it('refuses a negative sum, another bucketer and other types, and makes no cell', () => {
    const metric = metricOf();
    expect(() => metric.set(distributionOf(-3, 1))).toThrow(RangeError);
    expect(() => metric.set(new Distribution(Bucketer.explicit([1, 11])))).toThrow(
      'must have the bucketer explicit([1, 10]), got one with explicit([1, 11])',
    );
    expect(() => metric.set({} as Distribution)).toThrow(TypeError);
    expect(metric.cells()).toEqual([]);
  });
});

describe('NonCumulativeDistribution', () => {
  it('set() copies: later samples of the given distribution are not seen', () => {
    const metric = new NonCumulativeDistribution('ages', registry());
    const ages = new Distribution();
    ages.add(3);
    metric.set(ages);
    ages.add(4);
    expect(metric.get()!.count).toBe(1);
    metric.get()!.add(5);
    expect(metric.get()!.count).toBe(1);
  });

  it('takes negative samples, and fewer than before', () => {
    const metric = new NonCumulativeDistribution('ages', registry());
    const many = new Distribution();
    many.add(-1);
    many.add(2);
    metric.set(many);
    metric.set(new Distribution());
    expect(metric.get()!.count).toBe(0);
  });

  it('refuses a distribution with another bucketer, and names both', () => {
    const metric = new NonCumulativeDistribution('ages', registry());
    expect(() => metric.set(new Distribution(Bucketer.fixedWidth(1, 2)))).toThrow(TypeError);
    expect(() => metric.set(new Distribution(Bucketer.fixedWidth(1, 2)))).toThrow(
      /geometric\(.*fixedWidth\(1, 2\)/,
    );
    expect(metric.get()).toBeUndefined();
  });

  it('takes a distribution whose bucketer is another object, but equal', () => {
    const metric = new NonCumulativeDistribution('ages', {
      ...registry(),
      bucketer: Bucketer.fixedWidth(1, 2),
    });
    metric.set(new Distribution(Bucketer.fixedWidth(1, 2)));
    expect(metric.get()!.count).toBe(0);
  });

  it.each([1, null, undefined, {}, { count: 1, sum: 1 }])('refuses %s', value => {
    const metric = new NonCumulativeDistribution('ages', registry());
    expect(() => metric.set(value as unknown as Distribution)).toThrow(TypeError);
  });

  it.each([1, {}, 'default'])('refuses %s as a bucketer', bucketer => {
    expect(
      () =>
        new NonCumulativeDistribution('ages', {
          ...registry(),
          bucketer: bucketer as unknown as Bucketer,
        }),
    ).toThrow(TypeError);
  });
});
