import { describe, expect, it } from 'vitest';
import { Stopwatch } from '../../lib/clock/stopwatch.js';

function clockWithTwoHands() {
  const hands = { wallMs: 1_000_000, monotonicMs: 5 };
  const clock = {
    now: () => hands.wallMs,
    monotonicNow: () => hands.monotonicMs,
    after: () => () => undefined,
  };
  return { hands, clock };
}

describe('F5 elapsed time is the larger of wall and monotonic time', () => {
  it.each([
    ['both agree', 70, 70, 70],
    ['the monotonic clock stood still while the process was frozen', 600_000, 3, 600_000],
    ['the wall clock was set back', -3_600_000, 42, 42],
    ['the wall clock stood still', 0, 42, 42],
    ['the wall clock jumped ahead', 3_600_000, 42, 3_600_000],
    ['nothing moved', 0, 0, 0],
  ])('%s', (_, wall, monotonic, expected) => {
    const { hands, clock } = clockWithTwoHands();
    const stopwatch = new Stopwatch(clock);
    hands.wallMs += wall;
    hands.monotonicMs += monotonic;
    expect(stopwatch.elapsedMs()).toBe(expected);
  });
});
