import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { TrackMetric } from '../../lib/track/track-metric.decorator.js';
import type { TrackedCall } from '../../lib/track/tracked-call.js';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import { calls, cells } from '../http/server/cells.js';

const errors = (): ReturnType<typeof vi.spyOn> =>
  vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('@TrackMetric(name)', () => {
  it('declares a count and durations in milliseconds', () => {
    const registry = new Registry();
    class Shop {
      @TrackMetric('shop/checkout', { description: 'Checkouts.', registry })
      checkout(): void {}
    }
    new Shop().checkout();
    expect(registry.instanceMetrics().map(metric => metric.describe())).toEqual([
      'Counter "shop/checkout/count" (outcome: string; units ""; "Checkouts.")',
      expect.stringContaining(
        'CumulativeDistribution "shop/checkout/durations" (outcome: string; units "ms"; "Checkouts.")',
      ),
    ]);
    expect(cells(registry)).toEqual(['shop/checkout/count ok: 1', 'shop/checkout/durations ok: 1']);
  });

  it('keeps `this`, name, length and own properties of the method', () => {
    const registry = new Registry();
    class Adder {
      constructor(private readonly sum: number) {}

      @TrackMetric('m', { registry })
      plus(a: number, _b: number): number {
        return this.sum + a;
      }
    }
    expect(new Adder(40).plus(2, 0)).toBe(42);
    expect([Adder.prototype.plus.name, Adder.prototype.plus.length]).toEqual(['plus', 2]);
  });

  it('tracks static methods', () => {
    const registry = new Registry();
    class Static {
      readonly made = true;

      @TrackMetric('m', { registry })
      static make(): typeof Static {
        return this;
      }
    }
    expect(Static.make()).toBe(Static);
    expect(calls(registry)).toEqual(['m/count ok: 1']);
  });

  it('is one metric for several methods that agree', () => {
    const registry = new Registry();
    class Twice {
      @TrackMetric('m', { registry })
      a(): void {}

      @TrackMetric('m', { registry })
      b(): void {}
    }
    const twice = new Twice();
    twice.a();
    twice.b();
    expect(calls(registry)).toEqual(['m/count ok: 2']);
  });

  it('on a class tracks its own methods by name, and nothing else of it', () => {
    const registry = new Registry();
    class Base {
      inherited(): void {}
    }
    @TrackMetric('m', { registry })
    class Whole extends Base {
      static ignored(): void {}

      readonly property = (): number => 0;

      get accessor(): number {
        return 5;
      }

      onModuleInit(): void {}

      first(): string {
        return 'first';
      }

      async second(): Promise<never> {
        throw new Error('second');
      }
    }
    const whole = new Whole();
    whole.inherited();
    whole.onModuleInit();
    Whole.ignored();
    whole.property();
    expect(whole.accessor).toBe(5);
    expect(whole.first()).toBe('first');
    whole.first();
    return expect(whole.second())
      .rejects.toThrow('second')
      .then(() => {
        expect(calls(registry)).toEqual(['m/count error,second: 1', 'm/count ok,first: 2']);
      });
  });

  describe('map', () => {
    it('gives the fields, from arguments, result, error and outcome', async () => {
      const registry = new Registry();
      const seen: TrackedCall[] = [];
      class Shop {
        @TrackMetric('m', {
          registry,
          fields: { country: 'string', big: 'bool' },
          map: (call: TrackedCall<[country: string, price: number], string>) => {
            seen.push(call);
            return { country: call.args[0], big: call.args[1] > 10 };
          },
        })
        async order(_country: string, price: number): Promise<string> {
          if (price < 0) {
            throw new RangeError('price');
          }
          return 'receipt';
        }
      }
      const shop = new Shop();
      await shop.order('ch', 20);
      await expect(shop.order('de', -1)).rejects.toThrow('price');
      expect(calls(registry)).toEqual(['m/count ch,true,ok: 1', 'm/count de,false,error: 1']);
      expect(seen).toEqual([
        {
          method: 'order',
          args: ['ch', 20],
          outcome: 'ok',
          result: 'receipt',
          durationMs: expect.any(Number) as number,
        },
        {
          method: 'order',
          args: ['de', -1],
          outcome: 'error',
          error: new RangeError('price'),
          durationMs: expect.any(Number) as number,
        },
      ]);
    });

    it.each<[string, () => never]>([
      [
        'throws',
        () => {
          throw new Error('mapper');
        },
      ],
      ['gives a wrong type', () => ({ a: 1 }) as never],
      ['leaves out a field', () => ({}) as never],
      ['has a field too many', () => ({ a: '', b: '' }) as never],
      ['gives nothing', () => undefined as never],
      [
        'is asynchronous and rejects',
        (async () => {
          throw new Error('mapper');
        }) as never,
      ],
    ])('R1 one that %s does not reach the application, and is logged once', async (_what, map) => {
      const error = errors();
      const registry = new Registry();
      class Shop {
        @TrackMetric('m', { registry, fields: { a: 'string' }, map })
        run(): string {
          return 'result';
        }
      }
      const shop = new Shop();
      expect([shop.run(), shop.run()]).toEqual(['result', 'result']);
      await new Promise(resolve => setImmediate(resolve));
      expect(error).toHaveBeenCalledTimes(1);
      expect(error.mock.calls[0]?.[0]).toContain('Shop.run');
      expect(calls(registry)).toEqual([]);
    });
  });

  it('refuses fields without map, map without fields, used names, and other things than methods', () => {
    const registry = new Registry();
    const decorate =
      (...args: unknown[]) =>
      () => {
        class Refused {
          run(): void {}
        }
        const decorator = (TrackMetric as (...all: unknown[]) => MethodDecorator)(...args);
        decorator(
          Refused.prototype,
          'run',
          Object.getOwnPropertyDescriptor(Refused.prototype, 'run')!,
        );
      };
    const map = (): object => ({});
    expect(decorate('m', { registry, fields: { a: 'string' } })).toThrow(
      '@TrackMetric("m") has the fields a: give it the option map',
    );
    expect(decorate('m', { registry, fields: { a: 'string' }, map: 5 })).toThrow(
      'must be a function',
    );
    expect(decorate('m', { registry, map })).toThrow('has a map, but no fields');
    expect(decorate('m', { registry, fields: { outcome: 'string' }, map })).toThrow(
      'adds a field "outcome" itself',
    );
    expect(decorate('m x', { registry })).toThrow(RangeError);
    expect(decorate(undefined)).toThrow('needs a name, a Counter, or a CumulativeDistribution');
    expect(decorate(new FloatCounter('f', { registry }))).toThrow('needs a name, a Counter');
    expect(() =>
      (TrackMetric('m', { registry }) as unknown as PropertyDecorator)(
        { constructor: Registry },
        'field',
      ),
    ).toThrow('needs a method or a class, got "field"');
  });
});

describe('types of @TrackMetric()', () => {
  it('are those of the fields', () => {
    const registry = new Registry();
    const counter = new Counter('c', { registry, fields: { status: 'string', retries: 'int' } });
    const unfielded = new Counter('u', { registry });
    const fields = { status: 'string', gift: 'bool' } as const;

    void TrackMetric('m', { fields, map: () => ({ status: 'ok', gift: false }) });
    void TrackMetric('m', { fields: { a: 'int' }, map: call => ({ a: call.args.length }) });
    void TrackMetric(counter, { map: () => ({ status: 'ok', retries: 0 }) });
    void TrackMetric(unfielded);
    expectTypeOf<TrackedCall['outcome']>().toEqualTypeOf<'ok' | 'error'>();

    // @ts-expect-error a field is missing
    void TrackMetric('m', { fields, map: () => ({ status: 'ok' }) });
    // @ts-expect-error a field has a wrong type
    void TrackMetric('m', { fields, map: () => ({ status: 5, gift: false }) });
    // @ts-expect-error fields need map
    void TrackMetric('m', { fields });
    // @ts-expect-error there is no such type of fields
    void TrackMetric('m', { fields: { a: 'float' }, map: () => ({ a: 1 }) });
    // @ts-expect-error a field is missing
    void TrackMetric(counter, { map: () => ({ status: 'ok' }) });
    // @ts-expect-error a field has a wrong type
    void TrackMetric(counter, { map: () => ({ status: 'ok', retries: 'no' }) });
    // @ts-expect-error fields need map
    void TrackMetric(counter);
    // @ts-expect-error not a promise
    void TrackMetric(counter, { map: async () => ({ status: 'ok', retries: 0 }) });
    // @ts-expect-error gauges neither count nor time
    void TrackMetric(new FloatCounter('f', { registry }));
  });
});
