import { describe, expect, it } from 'vitest';
import type { Clock } from '../../lib/clock/clock.js';
import { InMemoryStore } from '../../lib/store/in-memory-store.js';
import { Timestamps } from '../../lib/clock/timestamps.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { SeededRandom } from '../support/seeded-random.js';

/** A wall clock that shows one time after the other, then stands still. */
function wallClock(...milliseconds: number[]): Clock {
  let i = 0;
  return {
    now: () => milliseconds[Math.min(i++, milliseconds.length - 1)]!,
    monotonicNow: () => 0,
    after: () => () => undefined,
  };
}

describe('R4 timestamps', () => {
  it('10, 10, 9, 11, 13, 20 µs become 10, 11, 12, 13, 14, 20', () => {
    const timestamps = new Timestamps(wallClock(0.01, 0.01, 0.009, 0.011, 0.013, 0.02));
    expect(Array.from({ length: 6 }, () => timestamps.take())).toEqual([10, 11, 12, 13, 14, 20]);
  });

  it('are whole microseconds since the epoch, rounded down', () => {
    expect(new Timestamps(wallClock(1.0019)).take()).toBe(1001);
    const nowMs = Date.UTC(2026, 0, 2) + 0.25;
    expect(new Timestamps(wallClock(nowMs)).take()).toBe(Date.UTC(2026, 0, 2) * 1000 + 250);
  });

  it('are never before the epoch', () => {
    const timestamps = new Timestamps(wallClock(0));
    expect([timestamps.take(), timestamps.take()]).toEqual([0, 1]);
  });

  it('always rise, whatever the system clock does', () => {
    const random = new SeededRandom(3);
    let wallMs = Date.UTC(2026, 0, 1);
    const timestamps = new Timestamps({
      ...wallClock(0),
      now: () => (wallMs += (random.next() - 0.5) * 10 ** random.below(9)),
    });
    let last = -Infinity;
    for (let i = 0; i < 5000; i++) {
      const now = timestamps.take();
      expect(Number.isSafeInteger(now)).toBe(true);
      expect(now).toBeGreaterThan(last);
      last = now;
    }
  });

  it('of the machine are close to its time', () => {
    const before = Date.now();
    const now = new Timestamps().take();
    expect(now).toBeGreaterThanOrEqual(before * 1000);
    expect(now).toBeLessThanOrEqual((Date.now() + 1) * 1000);
  });

  it('go on rising after a restart, though the clock was set back', () => {
    const clock = new ManualClock();
    const store = new InMemoryStore();
    store.useClock(clock);
    const before = store.timestamp();
    clock.jump(-3_600_000);
    store.useClock(clock);
    expect(store.timestamp()).toBe(before + 1);
  });
});
