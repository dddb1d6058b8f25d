import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { Units } from '../../lib/metrics/units.js';
import { distributionStatus } from '../../lib/status/distribution-status.js';
import { SeededRandom } from '../support/seeded-random.js';

function distributionOf(samples: readonly number[], bucketer?: Bucketer): Distribution {
  const distribution = new Distribution(bucketer);
  samples.forEach(sample => distribution.add(sample));
  return distribution;
}

describe('the status of a distribution', () => {
  it('has its count, sum and mean, and the buckets that hold samples', () => {
    const tens = Bucketer.fixedWidth(10, 3);
    expect(distributionStatus(distributionOf([-1, 5, 5, 25, 99], tens))).toMatchObject({
      count: 5,
      sum: 133,
      mean: 26.6,
      buckets: [
        { from: '-Infinity', to: 0, count: 1 },
        { from: 0, to: 10, count: 2 },
        { from: 20, to: 30, count: 1 },
        { from: 30, to: 'Infinity', count: 1 },
      ],
    });
  });

  it('has the buckets of explicit bounds, which may be one alone', () => {
    const { buckets } = distributionStatus(distributionOf([0.2, 5], Bucketer.explicit([0.1, 0.3])));
    expect(buckets).toEqual([
      { from: 0.1, to: 0.3, count: 1 },
      { from: 0.3, to: 'Infinity', count: 1 },
    ]);
    expect(distributionStatus(distributionOf([0, 5], Bucketer.explicit([1]))).buckets).toEqual([
      { from: '-Infinity', to: 1, count: 1 },
      { from: 1, to: 'Infinity', count: 1 },
    ]);
  });

  it('leaves out mean and percentiles without samples', () => {
    expect(JSON.parse(JSON.stringify(distributionStatus(new Distribution())))).toEqual({
      count: 0,
      sum: 0,
      buckets: [],
    });
  });

  it.each([
    [0, []],
    [1, []],
    [2, ['p50']],
    [9, ['p50']],
    [10, ['p50', 'p90']],
    [20, ['p50', 'p90', 'p95']],
    [99, ['p50', 'p90', 'p95']],
    [100, ['p50', 'p90', 'p95', 'p99']],
  ])('has only the percentiles that %i samples support', (count, expected) => {
    const status = distributionStatus(distributionOf(Array.from({ length: count }, () => 5)));
    const given = Object.entries(status).filter(
      ([name, value]) => /^p\d/.test(name) && value !== undefined,
    );
    expect(given.map(([name]) => name)).toEqual(expected);
  });

  it('bounds a percentile by its bucket instead of guessing a place in it', () => {
    const two = distributionOf([5, 15, 15, 18], Bucketer.fixedWidth(10, 2));
    expect(distributionStatus(two).p50).toEqual({ from: 10, to: 43 / 3 + 10 / 3 });
  });

  it('bounds a percentile by the sum, also above the highest bound', () => {
    const above = distributionOf([100, 300], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(above).p50).toEqual({ from: 30, to: 200 });
    const low = distributionOf([1, 1, 1, 1, 96], Bucketer.fixedWidth(100, 2));
    expect(distributionStatus(low).p50).toEqual({ from: 0, to: 100 / 3 });
  });

  it('takes what lies below the finite buckets to be 0 or more, unless a bound is 0 or negative', () => {
    const below = distributionOf([0.5, 0.5], Bucketer.geometric(2, 3));
    expect(distributionStatus(below).p50).toEqual({ from: 0, to: 0.5 });
    const negative = distributionOf([-5, -7], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(negative).p50).toEqual({ from: -12, to: -6 });
    const wrong = distributionOf([-5, -7], Bucketer.geometric(2, 3));
    expect(distributionStatus(wrong).p50).toEqual({ from: 0, to: 1 });
  });

  it.each<[string, Bucketer]>([
    ['the default bucketer', Bucketer.default],
    ['a geometric bucketer', Bucketer.geometric(2, 20, 100)],
    ['a bucketer of a fixed width', Bucketer.fixedWidth(1000, 20)],
  ])('has percentiles of 0 where all samples are 0, by %s', (_, bucketer) => {
    for (const units of [Units.Bytes, Units.Milliseconds, Units.Unknown]) {
      const zeros = distributionOf(
        Array.from({ length: 999 }, () => 0),
        bucketer,
      );
      expect(distributionStatus(zeros, units)).toMatchObject({
        p50: { from: 0, to: 0 },
        p99: { from: 0, to: 0 },
      });
    }
  });

  it('takes bytes and bits to be whole: many bodies of 0 bytes beside a few have a median of 0', () => {
    const bodies = distributionOf([...Array.from({ length: 95 }, () => 0), 1, 1, 1, 700, 800]);
    for (const units of [Units.Bytes, Units.Bits]) {
      expect(distributionStatus(bodies, units)).toMatchObject({
        p50: { from: 0, to: 0 },
        p90: { from: 0, to: 0 },
      });
    }
    const small = distributionOf([1, 1, 1, 700]);
    expect(distributionStatus(small, Units.Bytes).p50).toEqual({ from: 1, to: 1 });
    const halves = distributionOf([0.25, 0.25]);
    expect(distributionStatus(halves, Units.Bytes).p50).toEqual({ from: 0, to: 0 });
  });

  it('bounds the exact percentile, within the bucket of that sample, and rising', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const samples = Array.from({ length: 1 + random.below(200) }, () => random.next() * 1000);
      const distribution = distributionOf(samples, Bucketer.geometric(1.5, 10));
      const { lowerBounds } = distribution.bucketer;
      const status = distributionStatus(distribution);
      const sorted = samples.toSorted((a, b) => a - b);
      let last = 0;
      for (const percent of [50, 90, 95, 99] as const) {
        const bounds = status[`p${percent}`];
        if (bounds) {
          const exact = sorted[Math.ceil((percent * samples.length) / 100) - 1]!;
          const bucket = distribution.bucketer.bucketOf(exact);
          const [from, to] = [Number(bounds.from), Number(bounds.to)];
          expect(from).toBeLessThanOrEqual(exact + 1e-6);
          expect(to).toBeGreaterThanOrEqual(exact - 1e-6);
          expect(from).toBeGreaterThanOrEqual(Math.max(last, lowerBounds[bucket]!) - 1e-6);
          expect(to).toBeLessThanOrEqual(lowerBounds[bucket + 1] ?? samples.length * 1000);
          last = from;
        }
      }
    }
  });
});
