import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Distribution } from '../../lib/metrics/distribution.js';
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

  it('leaves mean and percentiles out where there are no samples', () => {
    expect(JSON.parse(JSON.stringify(distributionStatus(new Distribution())))).toEqual({
      count: 0,
      sum: 0,
      buckets: [],
    });
  });

  it('takes the samples of a bucket to be spread evenly in it', () => {
    const samples = Array.from({ length: 100 }, (_, i) => i);
    const whole = distributionOf(samples, Bucketer.fixedWidth(100, 1));
    expect(distributionStatus(whole)).toMatchObject({ p50: 50, p90: 90, p99: 99 });
    const two = distributionOf([5, 15, 15, 15], Bucketer.fixedWidth(10, 2));
    expect(distributionStatus(two).p50).toBeCloseTo(10 + 10 / 3);
  });

  it('takes what lies below the finite buckets to begin at 0, or at a lowest bound of 0', () => {
    const below = distributionOf([0.5, 0.5], Bucketer.geometric(2, 3));
    expect(distributionStatus(below)).toMatchObject({ p50: 0.5, p90: 0.9 });
    const negative = distributionOf([-5, -7], Bucketer.fixedWidth(10, 3));
    expect(distributionStatus(negative)).toMatchObject({ p50: 0, p99: 0 });
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
