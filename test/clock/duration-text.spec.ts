import { expect, it } from 'vitest';
import { durationText } from '../../lib/clock/duration-text.js';

it.each([
  [0, '0 s'],
  [400, '0 s'],
  [9_000, '9 s'],
  [60_000, '1 min'],
  [2_470_000, '41 min 10 s'],
  [7_200_000, '2 h'],
  [7_205_000, '2 h'],
  [7_500_000, '2 h 5 min'],
  [360_000_000, '100 h'],
])('durationText() shows %i ms as %j', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
