import { describe, expect, it } from 'vitest';
import { Stopwatch } from '../../lib/clock/stopwatch.js';
import { FlushSchedule } from '../../lib/flush/flush-schedule.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

const MINUTE_MS = 60_000;

function scheduleOf({ firstDelayMs = 0, random = (): number => 0 } = {}) {
  const clock = new ManualClock();
  return {
    clock,
    schedule: new FlushSchedule(clock, () => MINUTE_MS, firstDelayMs / MINUTE_MS, random),
  };
}

describe('FlushSchedule', () => {
  it('is due at once if the first delay is 0, and else after that delay', () => {
    expect(scheduleOf().schedule.isDue()).toBe(true);
    const { clock, schedule } = scheduleOf({ firstDelayMs: 30_000 });
    expect(schedule.isDue()).toBe(false);
    clock.advance(29_899);
    expect(schedule.isDue()).toBe(false);
    clock.advance(1);
    expect(schedule.isDue()).toBe(true);
  });

  it('starts over after a pause, and forgets failures before it', () => {
    const { clock, schedule } = scheduleOf();
    schedule.failed();
    schedule.failed();
    clock.advance(1000);
    schedule.begin(0.5);
    expect(schedule.remainingMs()).toBe(MINUTE_MS / 2);
    schedule.failed();
    expect(schedule.remainingMs()).toBe(5000);
  });

  it('counts the interval from the beginning of a flush that succeeded', () => {
    const { clock, schedule } = scheduleOf();
    const begun = new Stopwatch(clock);
    clock.advance(4_000);
    schedule.succeeded(begun);
    expect(schedule.remainingMs()).toBe(MINUTE_MS - 4_000);
    clock.advance(MINUTE_MS - 4_000);
    expect(schedule.isDue()).toBe(true);
    expect(schedule.isLate()).toBe(false);
    clock.advance(MINUTE_MS);
    expect(schedule.isLate()).toBe(true);
  });

  it('F4 backs off 5, 10, 20 … 600 s, and starts over after a success', () => {
    const { clock, schedule } = scheduleOf();
    const delays = Array.from({ length: 10 }, () => {
      schedule.failed();
      return schedule.remainingMs() / 1000;
    });
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    schedule.succeeded(new Stopwatch(clock));
    schedule.failed();
    expect(schedule.remainingMs()).toBe(5_000);
  });

  it('F4 jitters the backoff by up to a fifth, never beyond the longest', () => {
    const { schedule } = scheduleOf({ random: () => 0.999 });
    schedule.failed();
    expect(schedule.remainingMs()).toBeCloseTo(4_001, 0);
    for (let i = 0; i < 20; i++) {
      schedule.failed();
    }
    expect(schedule.remainingMs()).toBeCloseTo(480_120, 0);
  });

  it('F8 stays at short delays while there is no task number', () => {
    const { schedule } = scheduleOf();
    for (let i = 0; i < 5; i++) {
      schedule.waitForNumber();
      expect(schedule.remainingMs()).toBe(5_000);
    }
  });

  it('goes on when the wall clock is set back by a day', () => {
    const { clock, schedule } = scheduleOf();
    schedule.succeeded(new Stopwatch(clock));
    clock.jump(-86_400_000);
    clock.advance(MINUTE_MS);
    expect(schedule.isDue()).toBe(true);
  });

  it('is due after a freeze that monotonic time did not see', () => {
    const { clock, schedule } = scheduleOf();
    schedule.succeeded(new Stopwatch(clock));
    clock.jump(MINUTE_MS);
    expect(schedule.isDue()).toBe(true);
  });
});
