import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Distribution, hasFewerSamples } from '../../lib/metrics/distribution.js';
import { SeededRandom } from '../support/seeded-random.js';

const bucketer = Bucketer.fixedWidth(10, 5);

function distributionOf(...samples: number[]): Distribution {
  const distribution = new Distribution(bucketer);
  samples.forEach(sample => distribution.add(sample));
  return distribution;
}

function stateOf({ bucketCounts, count, sum }: Distribution) {
  return { bucketCounts: [...bucketCounts], count, sum };
}

describe('Distribution', () => {
  it('is empty at first, and has no mean then', () => {
    expect(stateOf(new Distribution())).toEqual({ bucketCounts: [], count: 0, sum: 0 });
    expect(new Distribution().mean).toBeUndefined();
    expect(new Distribution().bucketer).toBe(Bucketer.default);
  });

  it('counts up to the highest bucket in use', () => {
    const distribution = distributionOf(5, 25, -1);
    expect(stateOf(distribution)).toEqual({ bucketCounts: [1, 1, 0, 1], count: 3, sum: 29 });
    distribution.add(1000);
    expect(distribution.bucketCounts).toEqual([1, 1, 0, 1, 0, 0, 1]);
    expect(distribution.mean).toBe(1029 / 4);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s, and stays as it was', sample => {
    const distribution = distributionOf(1);
    expect(() => distribution.add(sample)).toThrow(RangeError);
    expect(stateOf(distribution)).toEqual({ bucketCounts: [0, 1], count: 1, sum: 1 });
  });

  it.each(['1', null, undefined, 1n, true])('refuses %s, and stays as it was', sample => {
    const distribution = distributionOf(1);
    expect(() => distribution.add(sample as unknown as number)).toThrow(TypeError);
    expect(stateOf(distribution)).toEqual({ bucketCounts: [0, 1], count: 1, sum: 1 });
  });

  it('clone() is a deep copy', () => {
    const original = distributionOf(1, 15);
    const copy = original.clone();
    original.add(2);
    copy.add(45);
    expect(stateOf(original)).toEqual({ bucketCounts: [0, 2, 1], count: 3, sum: 18 });
    expect(stateOf(copy)).toEqual({ bucketCounts: [0, 1, 1, 0, 0, 1], count: 3, sum: 61 });
    expect(copy.bucketer).toBe(bucketer);
  });
});

describe('Distribution.fromCounts', () => {
  it('is a distribution with these samples, which takes more', () => {
    const distribution = Distribution.fromCounts(bucketer, [0, 2, 0, 1, 0], 45);
    expect(stateOf(distribution)).toEqual({ bucketCounts: [0, 2, 0, 1], count: 3, sum: 45 });
    distribution.add(15);
    expect(stateOf(distribution)).toEqual({ bucketCounts: [0, 2, 1, 1], count: 4, sum: 60 });
    expect(stateOf(distribution.minus(Distribution.fromCounts(bucketer, [0, 2], 5)))).toEqual({
      bucketCounts: [0, 0, 1, 1],
      count: 2,
      sum: 55,
    });
  });

  it('copies the counts, and is empty without any', () => {
    const counts = [1, 2];
    const distribution = Distribution.fromCounts(bucketer, counts, 9);
    counts[0] = 7;
    expect(distribution.bucketCounts).toEqual([1, 2]);
    expect(stateOf(Distribution.fromCounts(bucketer, [0, 0], 0))).toEqual(
      stateOf(distributionOf()),
    );
  });

  it.each([
    [[1.5], 0, 'bucketCounts[0] of a distribution must be a safe integer of at least 0, got 1.5.'],
    [[0, -1], 0, 'bucketCounts[1] of a distribution must be a safe integer of at least 0, got -1.'],
    [[1, 1, 1, 1, 1, 1, 1, 1], 0, /must be at most 7 numbers, .* got 8\.$/],
    [[1], NaN, 'The sum of a distribution must be finite, got NaN.'],
  ])('refuses the counts %j with the sum %s', (counts, sum, message) => {
    expect(() => Distribution.fromCounts(bucketer, counts, sum)).toThrow(RangeError);
    expect(() => Distribution.fromCounts(bucketer, counts, sum)).toThrow(message);
  });

  it('refuses other types than a bucketer, an array and a number', () => {
    const fromCounts = Distribution.fromCounts as (...args: unknown[]) => Distribution;
    expect(() => fromCounts({}, [1], 1)).toThrow(TypeError);
    expect(() => fromCounts(bucketer, '1', 1)).toThrow(TypeError);
    expect(() => fromCounts(bucketer, ['1'], 1)).toThrow(TypeError);
    expect(() => fromCounts(bucketer, [1], '1')).toThrow(TypeError);
  });
});

describe('Distribution.minus', () => {
  it('is the distribution of the samples added since', () => {
    const later = distributionOf(5, 15);
    const earlier = later.clone();
    later.add(12);
    expect(stateOf(later.minus(earlier))).toEqual({ bucketCounts: [0, 0, 1], count: 1, sum: 12 });
  });

  it('is empty if no sample was added, without trailing zeros', () => {
    const distribution = distributionOf(0.1, 0.2, 45);
    const rest = distribution.minus(distribution.clone());
    expect(stateOf(rest)).toEqual({ bucketCounts: [], count: 0, sum: 0 });
    expect(rest.mean).toBeUndefined();
  });

  it('changes neither side', () => {
    const later = distributionOf(5, 15);
    const earlier = distributionOf(5);
    later.minus(earlier).add(33);
    expect(stateOf(later)).toEqual({ bucketCounts: [0, 1, 1], count: 2, sum: 20 });
    expect(stateOf(earlier)).toEqual({ bucketCounts: [0, 1], count: 1, sum: 5 });
  });

  it('of any two states is the distribution of the samples between', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const samples = Array.from({ length: random.below(30) }, () => random.below(80));
      const cut = random.below(samples.length + 1);
      const rest = distributionOf(...samples).minus(distributionOf(...samples.slice(0, cut)));
      expect(stateOf(rest)).toEqual(stateOf(distributionOf(...samples.slice(cut))));
    }
  });
});

describe('hasFewerSamples()', () => {
  it.each([
    ['nothing before', [], [], false],
    ['the same', [0, 2, 1], [0, 2, 1], false],
    ['more, also in lower and higher buckets', [0, 2], [1, 2, 3], false],
    ['fewer in a bucket between', [1, 2, 1], [1, 1, 9], true],
    ['none in the lowest bucket', [1, 2], [0, 5], true],
    ['none in the highest bucket', [0, 2, 1], [0, 5], true],
    ['nothing after', [0, 1], [], true],
  ])('of %s', (_, before, after, isFewer) => {
    const [one, other] = [before, after].map(counts =>
      Distribution.fromCounts(Bucketer.fixedWidth(10, 3), counts, 1),
    );
    expect(hasFewerSamples(one!, other!)).toBe(isFewer);
  });
});
