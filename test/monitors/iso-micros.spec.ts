import { describe, expect, it } from 'vitest';
import { isoMicros } from '../../lib/monitors/iso-micros.js';

describe('isoMicros', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [1, '1970-01-01T00:00:00.000001Z'],
    [1_000_042, '1970-01-01T00:00:01.000042Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
    [Date.UTC(2026, 11, 31, 23, 59, 59, 999) * 1000 + 999, '2026-12-31T23:59:59.999999Z'],
  ])('%d is %s', (time, text) => {
    expect(isoMicros(time)).toBe(text);
  });

  it.each([NaN, Infinity, 1e300])('%d is no date', time => {
    expect(() => isoMicros(time)).toThrow(RangeError);
  });
});
