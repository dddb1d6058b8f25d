import { describe, expect, it } from 'vitest';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { SeededRandom } from '../support/seeded-random.js';

const target = new Task({ serviceName: 's', jobName: 'j' });
const distribution = new Distribution();
distribution.add(5);

const VALUES: readonly unknown[] = [
  0,
  -0,
  1,
  2,
  0.5,
  -1,
  NaN,
  Infinity,
  -Infinity,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  '',
  '1',
  true,
  false,
  null,
  undefined,
  1n,
  Symbol('s'),
  {},
  [],
  () => 1,
  distribution,
];
const FIELDS: readonly unknown[] = [
  { s: 'a', i: 1, b: true },
  { s: 'b', i: -0, b: false },
  { s: 'b', i: 0, b: false, extra: 1 },
  { s: '', i: Number.MAX_SAFE_INTEGER, b: true },
  { s: 'a', i: 0.5, b: true },
  { s: 'a', i: NaN, b: true },
  { s: 1, i: 1, b: true },
  { s: 'a', i: '1', b: true },
  { s: 'a', i: 1 },
  {},
  null,
  undefined,
  'text',
  42,
  Object.create(null),
  { s: Object.create(null) as unknown, i: 1, b: true },
  { s: { toString: null }, i: 1, b: true },
];
const METHODS = ['add', 'set'] as const;
const KINDS = [
  Counter,
  FloatCounter,
  IntGauge,
  FloatGauge,
  StringGauge,
  BoolGauge,
  CumulativeDistribution,
  NonCumulativeDistribution,
];

type AnyMetric = Record<(typeof METHODS)[number], ((...args: unknown[]) => void) | undefined> & {
  cell(fields: unknown): AnyMetric;
};

function outcomeOf(call: () => void): string {
  try {
    call();
    return 'fine';
  } catch (error) {
    expect([TypeError.prototype, RangeError.prototype]).toContain(Object.getPrototypeOf(error));
    return String(error);
  }
}

function stateOf(registry: Registry): unknown {
  return storeOf(registry)
    .snapshot(registry.instanceMetrics(), target)
    .map(({ metric, fieldValues, value, resetTime }) => [
      metric.name,
      fieldValues,
      value instanceof Distribution ? [value.count, value.sum, ...value.bucketCounts] : value,
      resetTime,
    ]);
}

describe.each(KINDS)('R1 recording into a %o', Kind => {
  it('with hostile values checks the same, enabled or not, and throws only TypeError and RangeError', () => {
    const random = new SeededRandom(1);
    const registry = new Registry();
    const store = storeOf(registry);
    const metric = new Kind('m', {
      registry,
      fields: { s: 'string', i: 'int', b: 'bool' },
    }) as unknown as AnyMetric;
    for (let step = 0; step < 800; step++) {
      const value = random.oneOf(VALUES);
      const fields = random.oneOf(FIELDS);
      const method = random.oneOf(METHODS);
      const bound = random.next() < 0.3;
      const call = (): void => {
        if (bound) {
          metric.cell(fields)[method]?.(value);
        } else {
          metric[method]?.(value, fields);
        }
      };
      const before = stateOf(registry);
      store.recording = false;
      const disabled = outcomeOf(call);
      expect(stateOf(registry)).toEqual(before);
      store.recording = true;
      const enabled = outcomeOf(call);
      expect(disabled).toBe(enabled);
      if (enabled !== 'fine') {
        expect(stateOf(registry)).toEqual(before);
      }
    }
    expectSoundCells(registry);
  });
});

function expectSoundCells(registry: Registry): void {
  const snapshots = storeOf(registry).snapshot(registry.instanceMetrics(), target);
  expect(snapshots.length).toBeGreaterThan(0);
  expect(snapshots.length).toBeLessThanOrEqual(3);
  for (const cell of snapshots) {
    expect(cell.fieldValues.map(value => typeof value)).toEqual(['string', 'number', 'boolean']);
    const { value } = cell;
    if (value instanceof Distribution) {
      expect(Number.isFinite(value.sum)).toBe(true);
      expect(value.bucketCounts.reduce((sum, count) => sum + count, 0)).toBe(value.count);
    } else if (typeof value === 'number') {
      expect(Number.isFinite(value)).toBe(true);
    } else {
      expect(['string', 'boolean']).toContain(typeof value);
    }
  }
}

describe('R1 recording', () => {
  it('before a start is kept', () => {
    const registry = new Registry();
    const counter = new Counter('early', { registry });
    counter.add(3);
    expect(counter.get()).toBe(3);
    expect(stateOf(registry)).toHaveLength(1);
  });

  it('beyond the range of the sum is refused also while metrics are disabled', () => {
    const registry = new Registry();
    const counter = new Counter('a', { registry });
    const seconds = new FloatCounter('b', { registry });
    const sizes = new CumulativeDistribution('c', { registry });
    const calls = [
      () => counter.add(Number.MAX_SAFE_INTEGER),
      () => seconds.add(Number.MAX_VALUE),
      () => sizes.add(Number.MAX_VALUE),
    ];
    calls.forEach(call => call());
    const before = stateOf(registry);
    storeOf(registry).recording = false;
    calls.forEach(call => expect(call).toThrow(RangeError));
    storeOf(registry).recording = true;
    calls.forEach(call => expect(call).toThrow(RangeError));
    expect(stateOf(registry)).toEqual(before);
  });

  it('returns nothing to wait for', () => {
    const registry = new Registry();
    expect(new Counter('a', { registry }).add(1)).toBeUndefined();
    expect(new IntGauge('b', { registry }).set(1)).toBeUndefined();
  });
});

describe('R2 reading creates nothing', () => {
  it.each(KINDS)('get(), delete() and cell() of a %o', Kind => {
    const registry = new Registry();
    const metric = new Kind('m', { registry, fields: { s: 'string' } });
    expect(metric.get({ s: 'a' })).toBeUndefined();
    metric.delete({ s: 'a' });
    expect(metric.cell({ s: 'a' }).get()).toBeUndefined();
    metric.cell({ s: 'a' }).delete();
    expect(stateOf(registry)).toEqual([]);
  });

  it('a gauge whose first value is refused is not sent', () => {
    const registry = new Registry();
    const gauge = new IntGauge('m', { registry });
    expect(() => gauge.set(NaN)).toThrow(RangeError);
    expect(() => gauge.cell().set(NaN)).toThrow(RangeError);
    expect(stateOf(registry)).toEqual([]);
  });
});
