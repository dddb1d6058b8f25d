import { describe, expect, it } from 'vitest';
import { durationIn, isTime, isUnits, Units } from '../../lib/metrics/units.js';
import { FloatGauge, StringGauge, BoolGauge, IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';

describe('Units', () => {
  it('are the strings of luci-go', () => {
    expect(Object.values(Units)).toEqual(
      ['', 's', 'ms', 'us', 'ns', 'B', 'By', 'kBy', 'MBy', 'GBy', 'kiBy', 'MiBy', 'GiBy'].concat([
        'A',
        'mA',
        'Cel',
      ]),
    );
  });

  it('of time are s, ms, us and ns', () => {
    expect(Object.values(Units).filter(isTime)).toEqual(['s', 'ms', 'us', 'ns']);
  });

  it.each(['seconds', 'S', 'toString', 1, null, undefined])('do not include %s', value => {
    expect(isUnits(value)).toBe(false);
  });

  it.each([
    ['s', 1.5],
    ['ms', 1500],
    ['us', 1_500_000],
    ['ns', 1_500_000_000],
  ] as const)('1500 ms in %s is %d', (units, value) => {
    expect(durationIn(units, 1500)).toBeCloseTo(value, 3);
  });

  it('a duration in bytes is a RangeError', () => {
    expect(() => durationIn(Units.Bytes, 1)).toThrow(RangeError);
  });
});

describe('the units option', () => {
  it('is unknown unless given', () => {
    expect(new FloatGauge('m', { registry: new Registry() }).units).toBe('');
  });

  it('takes every unit for numbers', () => {
    for (const units of Object.values(Units)) {
      expect(new IntGauge('m', { registry: new Registry(), units }).units).toBe(units);
    }
  });

  it.each(['s', 'ms', 'us', 'ns'] as const)(
    'cannot be a time for strings and booleans: %s is refused before the metric is registered',
    units => {
      const registry = new Registry();
      expect(() => new StringGauge('m', { registry, units })).toThrow(RangeError);
      expect(() => new BoolGauge('m', { registry, units })).toThrow(RangeError);
      expect(registry.instanceMetrics()).toEqual([]);
    },
  );

  it.each([
    ['seconds', RangeError],
    [5, TypeError],
    [1n, TypeError],
  ])('must be one of Units: %s is refused', (units, type) => {
    const registry = new Registry();
    const declare = (): unknown => new IntGauge('m', { registry, units: units as never });
    expect(declare).toThrow(type);
    expect(declare).toThrow('units of metric "m" must be one of Units, got ');
    expect(registry.instanceMetrics()).toEqual([]);
  });

  it('may be any other unit for strings and booleans', () => {
    expect(new StringGauge('m', { registry: new Registry(), units: 'By' }).units).toBe('By');
  });
});
