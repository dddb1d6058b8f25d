import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../lib/clock/clock.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Units } from '../../lib/metrics/units.js';

let now = 1000;

beforeEach(() => {
  vi.spyOn(systemClock, 'monotonicNow').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function plain(units: Units = Units.Milliseconds): CumulativeDistribution {
  return new CumulativeDistribution('times', { registry: new Registry(), units });
}

function payments() {
  const fields = { method: 'string', ok: 'bool' } as const;
  return new CumulativeDistribution('payments', {
    registry: new Registry(),
    units: Units.Milliseconds,
    fields,
  });
}

describe('startTimer()', () => {
  it.each([
    [Units.Seconds, 0.25],
    [Units.Milliseconds, 250],
    [Units.Microseconds, 250_000],
    [Units.Nanoseconds, 250_000_000],
  ])('measures in the unit of the metric: %s', (units, expected) => {
    const times = plain(units);
    const end = times.startTimer();
    now += 250;
    expect(end()).toBeCloseTo(expected, 6);
    expect(times.get()).toMatchObject({ count: 1 });
    expect(times.get()!.sum).toBeCloseTo(expected, 6);
  });

  it('takes fields at its start, at its end, or at both; the later value counts', () => {
    const times = payments();
    times.startTimer()({ method: 'card', ok: true });
    times.startTimer({ method: 'card', ok: true })();
    times.startTimer({ method: 'card' })({ ok: false });
    times.startTimer({ method: 'card', ok: true })({ ok: false });
    expect(times.get({ method: 'card', ok: true })!.count).toBe(2);
    expect(times.get({ method: 'card', ok: false })!.count).toBe(2);
  });

  it('keeps the fields of its start, and adds a sample each time it ends', () => {
    const times = payments();
    const given = { method: 'card', ok: true };
    const end = times.startTimer(given);
    given.method = 'cash';
    now += 1;
    end();
    now += 1;
    expect(end()).toBe(2);
    expect(times.get({ method: 'card', ok: true })).toMatchObject({ count: 2, sum: 3 });
  });

  it('checks the fields of its start at once, and that none is missing at its end', () => {
    const times = payments();
    expect(() => times.startTimer({ ok: 'yes' } as never)).toThrow(TypeError);
    expect(() => times.startTimer({ colour: 'red' } as never)).toThrow(TypeError);
    const end = times.startTimer({ ok: true }) as () => number;
    expect(() => end()).toThrow('field "method" must be of type string');
    expect(times.cells()).toEqual([]);
  });

  it.each([Units.Unknown, Units.Bytes])('needs a unit of time, not "%s"', units => {
    expect(() => plain(units).startTimer()).toThrow(RangeError);
    expect(() => plain(units).startTimer()).toThrow(
      'Metric "times": startTimer() needs a unit of time',
    );
  });
});

describe('time()', () => {
  it('returns what the function returns, and adds its time', () => {
    const times = payments();
    const fields = { method: 'card', ok: true };
    const result = times.time(fields, () => {
      now += 40;
      return 'paid';
    });
    expect(result).toBe('paid');
    expect(times.get(fields)).toMatchObject({ count: 1, sum: 40 });
  });

  it('adds the time until a promise is settled', async () => {
    const times = plain();
    let resolve!: (value: string) => void;
    const timed = times.time(() => new Promise<string>(resolved => (resolve = resolved)));
    expect(times.get()).toBeUndefined();
    now += 30;
    resolve('late');
    await expect(timed).resolves.toBe('late');
    expect(times.get()).toMatchObject({ count: 1, sum: 30 });
  });

  it('adds the time of a function that throws, and of one that rejects', async () => {
    const times = plain();
    const fail = (): never => {
      now += 5;
      throw new Error('sold out');
    };
    expect(() => times.time(fail)).toThrow('sold out');
    await expect(times.time(async () => fail())).rejects.toThrow('sold out');
    expect(times.get()).toMatchObject({ count: 2, sum: 10 });
  });

  it('runs a query that starts when it is awaited, once', async () => {
    const times = plain();
    let runs = 0;
    const query: PromiseLike<string> = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: onFulfilled => {
        runs += 1;
        now += 7;
        return Promise.resolve('row').then(onFulfilled);
      },
    };
    await expect(times.time(() => query)).resolves.toBe('row');
    expect(runs).toBe(1);
    expect(times.get()).toMatchObject({ count: 1, sum: 7 });
  });

  it('does not call the function if it cannot add its time', () => {
    const fn = vi.fn<() => number>(() => 1);
    expect(() => payments().time({ method: 1 } as never, fn)).toThrow(TypeError);
    expect(() => plain(Units.Bytes).time(fn)).toThrow('time() needs a unit of time');
    expect(() => plain().time(5 as never)).toThrow('time() needs a function, got 5');
    expect(fn).not.toHaveBeenCalled();
  });
});
