import { expect, it } from 'vitest';
import { Throttle } from '../../lib/clock/throttle.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

it('a Throttle allows each name once in a period', () => {
  const clock = new ManualClock();
  const throttle = new Throttle(clock, 60);
  expect(throttle.allows('a')).toBe(true);
  expect(throttle.allows('a')).toBe(false);
  expect(throttle.allows('b')).toBe(true);
  clock.advance(59_999);
  expect(throttle.allows('a')).toBe(false);
  clock.advance(1);
  expect(throttle.allows('a')).toBe(true);
  expect(throttle.allows('a')).toBe(false);
});
