import { describe, expect, it, onTestFinished } from 'vitest';
import type { SourceHistogram } from '../../../lib/sources/metric-source.js';
import { explicitBuckets } from '../../../lib/sources/opentelemetry/exponential-buckets.js';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import { SDKS } from './sdk-versions.js';

const NEVER = new AbortController().signal;
const NONE = { offset: 0, bucketCounts: [] };

/** The counts of samples by bucket, the upper bound included. */
function countsOf(samples: readonly number[], bounds: readonly number[]): number[] {
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  for (const sample of samples) {
    const index = bounds.findIndex(bound => sample <= bound);
    counts[index < 0 ? bounds.length : index]! += 1;
  }
  return counts;
}

describe.each(SDKS)('an exponential histogram of OpenTelemetry SDK %s', (_, sdk) => {
  function createHistogram(kind: 'histogram' | 'gauge') {
    const reader = new TsmonMetricReader();
    const aggregation = { type: sdk.AggregationType.EXPONENTIAL_HISTOGRAM } as const;
    const views = [{ instrumentName: '*', aggregation }];
    const provider = new sdk.MeterProvider({ readers: [reader], views });
    onTestFinished(() => provider.shutdown());
    const meter = provider.getMeter('shop');
    const instrument = kind === 'gauge' ? meter.createGauge('a') : meter.createHistogram('a');
    const read = async (): Promise<SourceHistogram> => {
      const [metric] = await reader.read(NEVER);
      expect(metric?.kind).toBe('histogram');
      return metric!.points[0]!.value as SourceHistogram;
    };
    return { instrument, read };
  }

  it('has explicit bounds with the same counts, and sends at most 199 of them', async () => {
    const { instrument, read } = createHistogram('histogram');
    const samples = [0];
    for (let exponent = -8; exponent < 8; exponent += 0.37) {
      samples.push(10 ** exponent, 3 * 10 ** exponent);
      instrument.record(samples.at(-1)!);
      instrument.record(samples.at(-2)!);
    }
    instrument.record(0);
    const { bounds, bucketCounts, count, sum } = await read();
    expect(bucketCounts).toEqual(countsOf(samples, bounds));
    expect(count).toBe(samples.length);
    expect(sum).toBeCloseTo(samples.reduce((total, sample) => total + sample, 0));
    expect(bounds.length).toBeLessThan(200);
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  });

  it('keeps its bounds while samples arrive that are not far from the others', async () => {
    const { instrument, read } = createHistogram('histogram');
    [1, 1000].forEach(sample => instrument.record(sample));
    const { bounds } = await read();
    [1.1, 3, 500, 1010].forEach(sample => instrument.record(sample));
    const later = await read();
    expect(later.bounds).toEqual(bounds);
    expect(later.bucketCounts).toEqual(countsOf([1, 1.1, 3, 500, 1000, 1010], bounds));
  });

  it('has bounds that were bounds before, when the buckets become wider', async () => {
    const { instrument, read } = createHistogram('histogram');
    [1, 1000].forEach(sample => instrument.record(sample));
    const before = await read();
    instrument.record(1e9);
    const after = await read();
    expect(after.bounds).not.toEqual(before.bounds);
    const [lowest, highest] = [before.bounds[1]!, before.bounds.at(-1)!];
    const within = after.bounds.filter(bound => bound >= lowest && bound <= highest);
    expect(within.length).toBeGreaterThan(10);
    expect(before.bounds).toEqual(expect.arrayContaining(within));
  });

  it('has buckets below zero where samples are negative', async () => {
    const { instrument, read } = createHistogram('gauge');
    const samples = [-100, -3, -2.5, 0, 7, 150];
    samples.forEach(sample => instrument.record(sample));
    const { bounds, bucketCounts, count, sum } = await read();
    expect(bucketCounts).toEqual(countsOf(samples, bounds));
    expect([count, sum]).toEqual([6, 0]);
  });

  it('has the bound 0 alone while all samples are zero', async () => {
    const { instrument, read } = createHistogram('histogram');
    instrument.record(0);
    expect(await read()).toEqual({ bounds: [0], bucketCounts: [1, 0], count: 1, sum: 0 });
  });

  it('has finite bounds also for the least and the greatest sample', async () => {
    const { instrument, read } = createHistogram('histogram');
    const samples = [Number.MIN_VALUE, 1, Number.MAX_VALUE];
    samples.forEach(sample => instrument.record(sample));
    const { bounds, bucketCounts } = await read();
    expect(bounds.every(bound => bound >= 0 && Number.isFinite(bound))).toBe(true);
    expect(bucketCounts.reduce((total, count) => total + count)).toBe(3);
  });
});

describe('exponential buckets', () => {
  it.each([20, 3, 0, -4, -10])('of scale %i have rising bounds at both ends of a double', scale => {
    const lowest = scale > 0 ? -1022 * 2 ** scale - 1 : Math.floor(-1022 * 2 ** scale);
    const highest = Math.ceil(1024 * 2 ** scale) - 1;
    for (const offset of [lowest, highest]) {
      const positive = { offset, bucketCounts: [2] };
      const exponential = { scale, zeroCount: 1, count: 3, positive, negative: NONE };
      const { bounds, bucketCounts } = explicitBuckets(exponential);
      expect(bounds.length).toBeGreaterThan(0);
      expect(new Set(bounds).size).toBe(bounds.length);
      expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
      expect(bucketCounts).toHaveLength(bounds.length + 1);
      expect(bucketCounts.reduce((total, count) => total + count)).toBe(3);
    }
  });
});
