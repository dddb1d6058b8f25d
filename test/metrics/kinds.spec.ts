import { describe, expect, it } from 'vitest';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { NO_NUMBERS } from './no-numbers.js';

const registry = (): { registry: Registry } => ({ registry: new Registry() });

describe.each([
  ['Counter', Counter],
  ['FloatCounter', FloatCounter],
])('%s', (_, Kind) => {
  it('adds up, a cell for each value of its fields', () => {
    const metric = new Kind('shop/orders', { ...registry(), fields: { status: 'string' } });
    metric.add(1, { status: 'ok' });
    metric.add(2, { status: 'ok' });
    metric.add(5, { status: 'error' });
    expect(metric.get({ status: 'ok' })).toBe(3);
    expect(metric.get({ status: 'error' })).toBe(5);
    expect(metric.get({ status: 'other' })).toBeUndefined();
  });

  it('set() raises it, equal included', () => {
    const metric = new Kind('hits', registry());
    metric.set(7);
    metric.set(7);
    metric.add(1);
    expect(metric.get()).toBe(8);
  });

  it('set() to a lower value is a RangeError, and changes nothing', () => {
    const metric = new Kind('hits', registry());
    metric.set(7);
    expect(() => metric.set(6)).toThrow(RangeError);
    expect(() => metric.set(6)).toThrow('it is 7 and cannot be set to 6');
    expect(metric.get()).toBe(7);
  });

  it.each([-1, -Number.MIN_VALUE, NaN, Infinity, -Infinity])(
    'add(%s) and set(%s) are RangeErrors, and make no cell',
    value => {
      const metric = new Kind('hits', registry());
      expect(() => metric.add(value)).toThrow(RangeError);
      expect(() => metric.set(value)).toThrow(RangeError);
      expect(metric.get()).toBeUndefined();
    },
  );

  it.each(NO_NUMBERS)('takes numbers only, not %s', value => {
    const metric = new Kind('hits', registry());
    expect(() => metric.add(value as number)).toThrow(TypeError);
    expect(() => metric.set(value as number)).toThrow(TypeError);
    expect(metric.get()).toBeUndefined();
  });

  it('delete() forgets one cell, and is silent where there is none', () => {
    const metric = new Kind('hits', { ...registry(), fields: { n: 'int' } });
    metric.add(1, { n: 1 });
    metric.add(1, { n: 2 });
    metric.delete({ n: 1 });
    metric.delete({ n: 3 });
    expect(metric.get({ n: 1 })).toBeUndefined();
    expect(metric.get({ n: 2 })).toBe(1);
    metric.add(4, { n: 1 });
    expect(metric.get({ n: 1 })).toBe(4);
  });

  it('add() without arguments adds 1, and add(undefined) is a TypeError', () => {
    const metric = new Kind('hits', registry());
    metric.add();
    metric.cell().add();
    expect(metric.get()).toBe(2);
    expect(() => metric.add(undefined as unknown as number)).toThrow(TypeError);
    expect(() => metric.cell().add(undefined as unknown as number)).toThrow(TypeError);
    expect(metric.get()).toBe(2);
  });

  it('add(0) makes a cell', () => {
    const metric = new Kind('hits', registry());
    metric.add(0);
    expect(metric.get()).toBe(0);
  });
});

describe('Counter', () => {
  it('takes whole numbers only', () => {
    const metric = new Counter('hits', registry());
    expect(() => metric.add(0.5)).toThrow(RangeError);
    expect(() => metric.add(2 ** 53)).toThrow(RangeError);
    expect(() => metric.set(1.5)).toThrow(RangeError);
  });

  it('stays a safe integer: a sum beyond is a RangeError, and changes nothing', () => {
    const metric = new Counter('hits', registry());
    metric.add(Number.MAX_SAFE_INTEGER);
    expect(() => metric.add(1)).toThrow(RangeError);
    expect(metric.get()).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('FloatCounter', () => {
  it('adds fractions', () => {
    const metric = new FloatCounter('seconds', registry());
    metric.add(0.25);
    metric.add(0.5);
    expect(metric.get()).toBe(0.75);
  });

  it('stays finite: a sum beyond is a RangeError, and changes nothing', () => {
    const metric = new FloatCounter('seconds', registry());
    metric.add(Number.MAX_VALUE);
    expect(() => metric.add(Number.MAX_VALUE)).toThrow(RangeError);
    expect(metric.get()).toBe(Number.MAX_VALUE);
  });
});

describe.each([
  ['IntGauge', IntGauge],
  ['FloatGauge', FloatGauge],
])('add() of %s', (_, Kind) => {
  it('raises and lowers the value, from 0 where there is none', () => {
    const metric = new Kind('queue', { ...registry(), fields: { name: 'string' } });
    metric.add(2, { name: 'a' });
    metric.add(-5, { name: 'a' });
    metric.set(10, { name: 'b' });
    metric.cell({ name: 'b' }).add(1);
    metric.cell({ name: 'c' }).add(4);
    expect(['a', 'b', 'c'].map(name => metric.get({ name }))).toEqual([-3, 11, 4]);
    metric.delete({ name: 'c' });
    metric.add(1, { name: 'c' });
    expect(metric.get({ name: 'c' })).toBe(1);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s with a RangeError, and makes no cell', delta => {
    const metric = new Kind('queue', registry());
    expect(() => metric.add(delta)).toThrow(RangeError);
    expect(() => metric.cell().add(delta)).toThrow(RangeError);
    expect(metric.get()).toBeUndefined();
    expect(metric.cells()).toEqual([]);
  });

  it.each(NO_NUMBERS)('takes numbers only, not %s', delta => {
    const metric = new Kind('queue', registry());
    expect(() => metric.add(delta as number)).toThrow(TypeError);
    expect(metric.cells()).toEqual([]);
  });

  it('refuses a result beyond the range of its type, and changes nothing', () => {
    const metric = new Kind('queue', registry());
    const most = Kind === IntGauge ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE;
    metric.add(most);
    expect(() => metric.add(most)).toThrow(RangeError);
    expect(() => metric.cell().add(most)).toThrow(RangeError);
    expect(metric.get()).toBe(most);
  });
});

describe('IntGauge', () => {
  it('adds whole numbers only', () => {
    const metric = new IntGauge('queue', registry());
    expect(() => metric.add(0.5)).toThrow('must be a safe integer, got 0.5');
    expect(metric.cells()).toEqual([]);
  });

  it('rises and falls', () => {
    const metric = new IntGauge('queue', registry());
    metric.set(5);
    metric.set(-3);
    expect(metric.get()).toBe(-3);
    metric.delete();
    expect(metric.get()).toBeUndefined();
  });

  it.each([0.5, NaN, Infinity, 2 ** 53, -(2 ** 53)])('refuses %s with a RangeError', value => {
    const metric = new IntGauge('queue', registry());
    expect(() => metric.set(value)).toThrow(RangeError);
    expect(metric.get()).toBeUndefined();
  });

  it.each(NO_NUMBERS)('takes numbers only, not %s', value => {
    expect(() => new IntGauge('queue', registry()).set(value as number)).toThrow(TypeError);
  });
});

describe('FloatGauge', () => {
  it('rises and falls', () => {
    const metric = new FloatGauge('load', registry());
    metric.set(0.75);
    metric.set(-0.5);
    expect(metric.get()).toBe(-0.5);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s with a RangeError', value => {
    const metric = new FloatGauge('load', registry());
    expect(() => metric.set(value)).toThrow(RangeError);
    expect(metric.get()).toBeUndefined();
  });
});

describe('StringGauge', () => {
  it('holds strings, the empty one included', () => {
    const metric = new StringGauge('version', registry());
    metric.set('');
    expect(metric.get()).toBe('');
    metric.set('v2');
    expect(metric.get()).toBe('v2');
  });

  it.each([1, true, null, undefined, {}, new String('x')])('refuses %s', value => {
    const metric = new StringGauge('version', registry());
    expect(() => metric.set(value as string)).toThrow(TypeError);
    expect(metric.get()).toBeUndefined();
  });
});

describe('BoolGauge', () => {
  it('holds booleans', () => {
    const metric = new BoolGauge('enabled', registry());
    metric.set(false);
    expect(metric.get()).toBe(false);
    metric.set(true);
    expect(metric.get()).toBe(true);
  });

  it.each([1, 0, 'true', null, undefined])('refuses %s', value => {
    const metric = new BoolGauge('enabled', registry());
    expect(() => metric.set(value as unknown as boolean)).toThrow(TypeError);
    expect(metric.get()).toBeUndefined();
  });
});

it('each of the eight kinds has its name', () => {
  const kinds = [
    Counter,
    FloatCounter,
    IntGauge,
    FloatGauge,
    StringGauge,
    BoolGauge,
    CumulativeDistribution,
    NonCumulativeDistribution,
  ].map(Kind => new Kind('m', registry()).kind);
  expect(kinds.map(({ name, valueType, cumulative }) => [name, valueType, cumulative])).toEqual([
    ['Counter', 'int', true],
    ['FloatCounter', 'float', true],
    ['IntGauge', 'int', false],
    ['FloatGauge', 'float', false],
    ['StringGauge', 'string', false],
    ['BoolGauge', 'bool', false],
    ['CumulativeDistribution', 'distribution', true],
    ['NonCumulativeDistribution', 'distribution', false],
  ]);
});
