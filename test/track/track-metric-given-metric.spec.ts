import { afterEach, describe, expect, it, vi } from 'vitest';
import { TrackMetric } from '../../lib/track/track-metric.decorator.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Units } from '../../lib/metrics/units.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('@TrackMetric(metric)', () => {
  it('counts on a counter, with just its fields', () => {
    const registry = new Registry();
    const orders = new Counter('orders', { fields: { ok: 'bool' }, registry });
    class Shop {
      @TrackMetric(orders, { map: ({ outcome }) => ({ ok: outcome === 'ok' }) })
      order(fail: boolean): void {
        if (fail) {
          throw new Error('sold out');
        }
      }
    }
    const shop = new Shop();
    shop.order(false);
    expect(() => shop.order(true)).toThrow('sold out');
    expect([orders.get({ ok: true }), orders.get({ ok: false })]).toEqual([1, 1]);
  });

  it('counts on a counter without fields', () => {
    const registry = new Registry();
    const orders = new Counter('orders', { registry });
    class Shop {
      @TrackMetric(orders)
      order(): void {}
    }
    new Shop().order();
    expect(orders.get()).toBe(1);
  });

  it.each([
    [Units.Seconds, 0.25],
    [Units.Milliseconds, 250],
    [Units.Microseconds, 250_000],
    [Units.Nanoseconds, 250_000_000],
  ])('times in a distribution, in its unit: %s', (units, expected) => {
    let now = 1000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const registry = new Registry();
    const durations = new CumulativeDistribution('d', { units, registry });
    class Shop {
      @TrackMetric(durations)
      order(): void {
        now += 250;
      }
    }
    new Shop().order();
    expect(durations.get()?.sum).toBeCloseTo(expected, 3);
  });

  it('can be put twice on a method, with a counter and a distribution', async () => {
    const registry = new Registry();
    const count = new Counter('c', { registry });
    const durations = new CumulativeDistribution('d', { registry, units: Units.Seconds });
    class Shop {
      @TrackMetric(count)
      @TrackMetric(durations)
      async order(): Promise<string> {
        return 'receipt';
      }
    }
    expect(await new Shop().order()).toBe('receipt');
    expect([count.get(), durations.get()?.count]).toEqual([1, 1]);
  });

  it('refuses a distribution without unit of time, and fields without map', () => {
    const registry = new Registry();
    const apply = (decorator: ClassDecorator & MethodDecorator): void => {
      decorator(
        class Shop {
          run(): void {}
        },
      );
    };
    const sizes = new CumulativeDistribution('sizes', { registry, units: Units.Bytes });
    expect(() => apply(TrackMetric(sizes))).toThrow(
      'its units must be a unit of time, such as Units.Milliseconds; got "By"',
    );
    const fielded = new Counter('c', { registry, fields: { a: 'string' } });
    expect(() =>
      apply((TrackMetric as (metric: unknown) => ClassDecorator & MethodDecorator)(fielded)),
    ).toThrow('@TrackMetric() with metric "c" has the fields a');
  });
});
