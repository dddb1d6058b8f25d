import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { SeededRandom } from '../support/seeded-random.js';

function bucketByScan({ lowerBounds }: Bucketer, sample: number): number {
  return lowerBounds.findLastIndex(bound => bound <= sample);
}

describe('bounds of a bucketer', () => {
  it('of one width start at 0', () => {
    const bucketer = Bucketer.fixedWidth(10, 3);
    expect(bucketer.lowerBounds).toEqual([-Infinity, 0, 10, 20, 30]);
    expect(bucketer.bucketCount).toBe(5);
  });

  it('that grow start at the scale, and the overflow bucket at scale * growth ** n', () => {
    expect(Bucketer.geometric(2, 3).lowerBounds).toEqual([-Infinity, 1, 2, 4, 8]);
    expect(Bucketer.geometric(4, 2, 0.5).lowerBounds).toEqual([-Infinity, 0.5, 2, 8]);
  });

  it('that are explicit are a copy of those given; they may be a single one, negative or zero', () => {
    const given = [-1, 0, 0.3, 1];
    const bucketer = Bucketer.explicit(given);
    given.push(2);
    expect(bucketer.lowerBounds).toEqual([-Infinity, -1, 0, 0.3, 1]);
    expect(bucketer).toMatchObject({ bucketCount: 5, finiteBuckets: 3, width: 0, growth: 0 });
    expect(Bucketer.explicit([7])).toMatchObject({ bucketCount: 2, finiteBuckets: 0 });
    expect(Bucketer.explicit(Array.from({ length: 199 }, (_, i) => i)).bucketCount).toBe(200);
  });

  it('are explicit only by explicit()', () => {
    expect(Bucketer.explicit([1, 2]).isExplicit).toBe(true);
    expect(Bucketer.geometric(2, 1).isExplicit).toBe(false);
    expect(Bucketer.fixedWidth(1, 2).isExplicit).toBe(false);
  });

  it('of the default: growth 10^0.2, 100 finite buckets, so that the sixth is just above 10', () => {
    expect(Bucketer.default.growth).toBe(1.5848931924611136);
    expect(Bucketer.default.bucketCount).toBe(102);
    expect(Bucketer.default.lowerBounds[6]).toBe(10.000000000000004);
    expect(Bucketer.default).toBe(Bucketer.default);
  });
});

describe('the bucket of a sample', () => {
  it.each([
    [-1, 0],
    [0, 0],
    [0.5, 0],
    [1, 1],
    [1.5, 1],
    [2, 2],
    [3.2, 3],
    [4.2, 4],
    [5, 4],
    [5.3, 4],
    [5.6, 4],
    [8, 5],
    [9, 5],
    [10, 5],
    [11, 6],
    [42, 9],
    [50, 9],
    [99, 10],
    [100, 10],
    [123, 11],
    [321, 13],
    [500, 14],
    [1000, 15],
    [1e4, 20],
    [1e5, 25],
    [1e6, 30],
    [1e9, 45],
    [1e19, 95],
    [1e20, 100],
    [2e20, 101],
    [Infinity, 101],
    [-Infinity, 0],
  ])('by the default: %d is in bucket %d, as in luci-go', (sample, bucket) => {
    expect(Bucketer.default.bucketOf(sample)).toBe(bucket);
  });

  it.each([
    [-0.001, 0],
    [0, 1],
    [-0, 1],
    [9.999, 1],
    [10, 2],
    [29.999, 3],
    [30, 4],
    [1e300, 4],
  ])(
    'by a fixed width of 10: a bound belongs to the bucket above it (%d, %d)',
    (sample, bucket) => {
      expect(Bucketer.fixedWidth(10, 3).bucketOf(sample)).toBe(bucket);
    },
  );

  it.each([
    [-2, 0],
    [-1, 1],
    [0.0999, 1],
    [0.1, 2],
    [0.9, 3],
    [1, 4],
    [Infinity, 4],
  ])('by explicit bounds: a bound belongs to the bucket above it (%d, %d)', (sample, bucket) => {
    expect(Bucketer.explicit([-1, 0.1, 0.3, 1]).bucketOf(sample)).toBe(bucket);
  });

  it.each([
    Bucketer.default,
    Bucketer.explicit([-5, 0, 0.1, 0.3, 1, 1e9]),
    Bucketer.fixedWidth(0.1, 50),
    Bucketer.geometric(1.0001, 300, 1e-3),
    Bucketer.geometric(10, 1),
    Bucketer.fixedWidth(1, 1),
  ])('is the last one whose lower bound is not above it: %s', bucketer => {
    const random = new SeededRandom(42);
    const finite = bucketer.lowerBounds.slice(1);
    const aroundBounds = finite.flatMap(bound => [
      bound,
      bound * (1 + Number.EPSILON),
      bound * (1 - Number.EPSILON),
    ]);
    const anywhere = Array.from(
      { length: 1000 },
      () => (random.next() - 0.2) * 10 ** random.below(22),
    );
    for (const sample of [...aroundBounds, ...anywhere]) {
      expect(bucketer.bucketOf(sample)).toBe(bucketByScan(bucketer, sample));
    }
  });
});

/** The class of the error for a number that is out of range, or that is none. */
const errorFor = (wrong: unknown): ErrorConstructor =>
  typeof wrong === 'number' ? RangeError : TypeError;

describe('a bucketer is refused', () => {
  it.each([0, -1, 1.5, NaN, Infinity, '3', undefined])('with %s finite buckets', n => {
    expect(() => Bucketer.fixedWidth(1, n as number)).toThrow(errorFor(n));
    expect(() => Bucketer.geometric(2, n as number)).toThrow(errorFor(n));
  });

  it.each([0, -1, NaN, Infinity, '1', undefined])('with the width %s', width => {
    expect(() => Bucketer.fixedWidth(width as number, 3)).toThrow(errorFor(width));
  });

  it.each([1, 0.5, 0, -2, NaN, Infinity, '2', undefined])('with the growth %s', growth => {
    expect(() => Bucketer.geometric(growth as number, 3)).toThrow(errorFor(growth));
  });

  it.each([0, -1, NaN, Infinity, '1', null])('with the scale %s', scale => {
    expect(() => Bucketer.geometric(2, 3, scale as number)).toThrow(errorFor(scale));
  });

  it.each([
    [undefined, TypeError, 'must be an array of numbers, got undefined'],
    ['0.1,1', TypeError, 'must be an array of numbers, got "0.1,1"'],
    [[1, '2'], TypeError, 'bounds[1] of a bucketer must be a number, got string'],
    // A hole, which forEach() of an array would leave out.
    [Array.from({ length: 1 }), TypeError, 'bounds[0] of a bucketer must be a number'],
    [[], RangeError, 'must be 1 to 199 numbers'],
    [Array.from({ length: 200 }, (_, i) => i), RangeError, 'got 200'],
    [[1, NaN], RangeError, 'bounds[1] of a bucketer must be finite, got NaN'],
    [[-Infinity, 1], RangeError, 'bounds[0] of a bucketer must be finite'],
    [[1, 1], RangeError, 'bounds[1] of a bucketer must be above the bound before it (1), got 1'],
    [[0, -0], RangeError, 'bounds[1]'],
    [[3, 2], RangeError, 'bounds[1]'],
  ])('with the explicit bounds %s', (bounds, Wrong, message) => {
    const make = (): Bucketer => Bucketer.explicit(bounds as number[]);
    expect(make).toThrow(Wrong);
    expect(make).toThrow(message);
  });

  it('where its bounds would not be finite', () => {
    expect(() => Bucketer.geometric(10, 400)).toThrow(RangeError);
    expect(() => Bucketer.fixedWidth(1e308, 2)).toThrow(RangeError);
  });

  it('where its bounds would not rise', () => {
    expect(() => Bucketer.geometric(1 + Number.EPSILON, 100, Number.MIN_VALUE)).toThrow(RangeError);
  });
});

it('equals() compares the rule and the bounds', () => {
  expect(Bucketer.explicit([1, 2]).equals(Bucketer.explicit([1, 2]))).toBe(true);
  expect(Bucketer.explicit([1, 2]).equals(Bucketer.explicit([1, 3]))).toBe(false);
  expect(Bucketer.explicit([1, 2]).equals(Bucketer.explicit([1, 2, 3]))).toBe(false);
  expect(Bucketer.explicit([1, 2]).equals(Bucketer.geometric(2, 1))).toBe(false);
  expect(Bucketer.fixedWidth(1, 2).equals(Bucketer.fixedWidth(1, 2))).toBe(true);
  expect(Bucketer.geometric(10 ** 0.2, 100, 1).equals(Bucketer.default)).toBe(true);
  expect(Bucketer.fixedWidth(1, 2).equals(Bucketer.fixedWidth(1, 3))).toBe(false);
  expect(Bucketer.fixedWidth(1, 2).equals(Bucketer.fixedWidth(2, 2))).toBe(false);
  expect(Bucketer.geometric(2, 2).equals(Bucketer.geometric(2, 2, 3))).toBe(false);
  expect(Bucketer.geometric(2, 2).equals(Bucketer.fixedWidth(2, 2))).toBe(false);
});

it('toString() shows the call that made the bucketer', () => {
  expect(String(Bucketer.fixedWidth(10, 3))).toBe('fixedWidth(10, 3)');
  expect(String(Bucketer.explicit([0.1, 1]))).toBe('explicit([0.1, 1])');
  expect(String(Bucketer.geometric(2, 3, 0.5))).toBe('geometric(2, 3, 0.5)');
});
