import { describe, expect, it } from 'vitest';
import { Stopwatch } from '../../lib/clock/stopwatch.js';
import type { FlushMode } from '../../lib/flush/flush-settings.js';
import { FlushSilence } from '../../lib/flush/flush-silence.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';

const MINUTE_MS = 60_000;

function createSilence(mode: FlushMode) {
  const clock = new ManualClock();
  const settings = { mode, intervalSec: 60 };
  const silence = new FlushSilence(settings, clock);
  const fail = (): void => silence.afterFlush('failed', new Stopwatch(clock));
  const succeed = (): void => silence.afterFlush('sent', new Stopwatch(clock));
  return { clock, settings, silence, fail, succeed };
}

describe('FlushSilence', () => {
  it.each(['request', 'both', 'background'] as const)(
    'in mode %s the silence is long after five intervals of failures since the start',
    mode => {
      const { clock, silence, fail } = createSilence(mode);
      fail();
      clock.advance(5 * MINUTE_MS);
      fail();
      expect(silence.isLong).toBe(false);
      clock.advance(1);
      expect(silence.isLong).toBe(true);
      expect(silence.lengthMs).toBe(5 * MINUTE_MS + 1);
    },
  );

  it.each(['request', 'both', 'background'] as const)(
    'in mode %s the silence counts from the last success if flushes came every interval',
    mode => {
      const { clock, silence, fail, succeed } = createSilence(mode);
      clock.advance(MINUTE_MS);
      succeed();
      clock.advance(MINUTE_MS);
      fail();
      clock.advance(4 * MINUTE_MS);
      expect(silence.isLong).toBe(false);
      clock.advance(1);
      expect(silence.isLong).toBe(true);
      succeed();
      expect(silence.isLong).toBe(false);
    },
  );

  it.each(['request', 'both'] as const)(
    'in mode %s the time in which no request came does not count',
    mode => {
      const { clock, silence, fail, succeed } = createSilence(mode);
      succeed();
      clock.advance(60 * MINUTE_MS);
      expect(silence.isLong).toBe(false);
      fail();
      clock.advance(4 * MINUTE_MS);
      expect(silence.isLong).toBe(false);
      clock.advance(1);
      expect(silence.isLong).toBe(true);
    },
  );

  it('in background mode a timer that never fires is silence', () => {
    const { clock, silence } = createSilence('background');
    clock.advance(5 * MINUTE_MS + 1);
    expect(silence.isLong).toBe(true);
  });

  it('starts over with flushing, and uses the current interval', () => {
    const { clock, settings, silence, fail } = createSilence('request');
    fail();
    clock.advance(6 * MINUTE_MS);
    settings.intervalSec = 120;
    expect(silence.isLong).toBe(false);
    settings.intervalSec = 60;
    expect(silence.isLong).toBe(true);
    silence.begin();
    expect(silence.isLong).toBe(false);
  });
});
