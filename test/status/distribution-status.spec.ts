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

  it('leaves mean and percentiles out where there are no samples', () => {
    expect(JSON.parse(JSON.stringify(distributionStatus(new Distribution())))).toEqual({
      count: 0,
      sum: 0,
      buckets: [],
    });
  });

  it('takes the samples of a bucket to be spread evenly in it', () => {
    const samples = [...Array.from({ length: 1000 }, (_, i) => i / 10), 100];
    const most = distributionStatus(distributionOf(samples, Bucketer.fixedWidth(100, 2)));
    expect([most.p50, most.p90, most.p99].map(value => Math.round(value!))).toEqual([50, 90, 99]);
    const two = distributionOf([5, 15, 15, 15], Bucketer.fixedWidth(10, 2));
    expect(distributionStatus(two).p50).toBeCloseTo(10 + 10 / 3);
  });

  it('takes what lies below the finite buckets to begin at 0, or at a lowest bound of 0', () => {
    const below = distributionOf([0.5, 0.5], Bucketer.geometric(2, 3));
    expect(distributionStatus(below)).toMatchObject({ p50: 0.5, p90: 0.9 });
    const negative = distributionOf([-5, -7], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(negative)).toMatchObject({ p50: -6, p99: -6 });
    const mixed = distributionOf([-5, -7, 15], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(mixed)).toMatchObject({ p50: 0, p99: expect.any(Number) as number });
  });

  it.each<[string, Bucketer]>([
    ['the default bucketer', Bucketer.default],
    ['a geometric bucketer', Bucketer.geometric(2, 20, 100)],
    ['a bucketer of a fixed width', Bucketer.fixedWidth(1000, 20)],
  ])('has percentiles of 0 where all samples are 0, by %s', (_, bucketer) => {
    for (const units of [Units.Bytes, Units.Milliseconds, Units.Unknown]) {
      for (const samples of [[0], [0, 0, 0], Array.from({ length: 999 }, () => 0)]) {
        expect(distributionStatus(distributionOf(samples, bucketer), units)).toMatchObject({
          p50: 0,
          p90: 0,
          p99: 0,
        });
      }
    }
  });

  it('takes bytes and bits to be whole: many bodies of 0 bytes beside a few have a median of 0', () => {
    const bodies = distributionOf([...Array.from({ length: 95 }, () => 0), 1, 1, 1, 700, 800]);
    for (const units of [Units.Bytes, Units.Bits]) {
      expect(distributionStatus(bodies, units)).toMatchObject({ p50: 0, p90: 0 });
    }
    const small = distributionOf([1, 1, 1, 700]);
    expect(distributionStatus(small, Units.Bytes).p50).toBe(1);
    expect(distributionStatus(distributionOf([0.25, 0.25]), Units.Bytes).p50).toBe(0);
  });

  it('lies around the mean where all samples are in one bucket', () => {
    const fast = distributionOf([0.1, 0.2, 0.3]);
    expect(distributionStatus(fast, Units.Milliseconds).p50).toBeCloseTo(0.2);
    const equal = distributionOf([20, 20], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(equal)).toMatchObject({ p50: 20, p90: 20, p99: 20 });
    const almost = distributionOf([29, 29], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(almost)).toMatchObject({ p50: 29 });
    expect(distributionStatus(almost).p99).toBeLessThanOrEqual(30);
  });

  it('takes what lies above the finite buckets to lie at the highest bound', () => {
    const above = distributionOf([1e6, 1e7], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(above)).toMatchObject({ p50: 30, p99: 30 });
  });

  it('has percentiles in the bucket of the sample itself, and rising', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const samples = Array.from({ length: 1 + random.below(50) }, () => random.next() * 1000);
      const distribution = distributionOf(samples, Bucketer.geometric(1.5, 20));
      const { p50, p90, p99 } = distributionStatus(distribution);
      const sorted = samples.toSorted((a, b) => a - b);
      const exact = (share: number) => sorted[Math.ceil(share * samples.length) - 1]!;
      const { lowerBounds } = distribution.bucketer;
      for (const [estimate, share] of [
        [p50!, 0.5],
        [p90!, 0.9],
        [p99!, 0.99],
      ] as const) {
        const bucket = distribution.bucketer.bucketOf(exact(share));
        expect(estimate).toBeGreaterThanOrEqual(Math.max(0, lowerBounds[bucket]!));
        expect(estimate).toBeLessThanOrEqual(lowerBounds[bucket + 1] ?? Infinity);
      }
      expect([p50!, p90!, p99!].toSorted((a, b) => a - b)).toEqual([p50, p90, p99]);
    }
  });
});
