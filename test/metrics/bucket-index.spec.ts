import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { SeededRandom } from '../support/seeded-random.js';

const BUCKETERS = [
  Bucketer.default,
  Bucketer.fixedWidth(10, 20),
  Bucketer.fixedWidth(0.1, 1000),
  Bucketer.fixedWidth(1e-9, 3),
  Bucketer.fixedWidth(1 / 3, 10_000),
  Bucketer.geometric(2, 1000),
  Bucketer.geometric(2, 60, 1e-6),
  Bucketer.geometric(1.001, 10_000),
  Bucketer.geometric(1.000_01, 10_000, 7),
  Bucketer.geometric(1e6, 40, 1e-120),
  Bucketer.geometric(1.5, 1, 3),
  Bucketer.geometric(4, 100, Number.MIN_VALUE * 4),
  Bucketer.explicit([0.1]),
  Bucketer.explicit([-7, -1e-300, 0, 0.1, 0.3, 1, 2.5, 1e20]),
];

const buffer = new DataView(new ArrayBuffer(8));

/** The next double above a positive one. */
function above(value: number): number {
  buffer.setFloat64(0, value);
  buffer.setBigUint64(0, buffer.getBigUint64(0) + 1n);
  return buffer.getFloat64(0);
}

/** The next double below a positive one. */
function below(value: number): number {
  buffer.setFloat64(0, value);
  buffer.setBigUint64(0, buffer.getBigUint64(0) - 1n);
  return buffer.getFloat64(0);
}

function searched({ lowerBounds }: Bucketer, sample: number): number {
  return Math.max(
    0,
    lowerBounds.findLastIndex(bound => bound <= sample),
  );
}

describe('the bucket of a sample is what a search among the bounds finds', () => {
  it.each(BUCKETERS.map(bucketer => [String(bucketer), bucketer] as const))('%s', (_, bucketer) => {
    const bounds = bucketer.lowerBounds.filter(bound => bound > 0);
    const step = Math.ceil(bounds.length / 500);
    const samples = bounds
      .filter((_bound, i) => i % step === 0 || i > bounds.length - 5)
      .flatMap(bound => [below(bound), bound, above(bound)]);
    const random = new SeededRandom(7);
    for (let i = 0; i < 2000; i++) {
      samples.push(random.next() * 10 ** (random.below(40) - 15));
      samples.push(random.next() * bounds.at(-1)!);
    }
    samples.push(0, -0, -1, -Infinity, Infinity, Number.MIN_VALUE, Number.MAX_VALUE, Number.NaN);
    for (const sample of samples) {
      expect([sample, bucketer.bucketOf(sample)]).toEqual([sample, searched(bucketer, sample)]);
    }
  });
});
