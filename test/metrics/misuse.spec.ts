import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { Units } from '../../lib/metrics/units.js';
import { storeOf } from '../../lib/store/in-memory-store.js';

const KINDS = [
  Counter,
  FloatCounter,
  IntGauge,
  FloatGauge,
  StringGauge,
  BoolGauge,
  CumulativeDistribution,
  NonCumulativeDistribution,
];
const FIELDS = { channel: 'string', paid: 'bool' } as const;
const GOOD = { channel: 'web', paid: true };
const WRONG_FIELDS = [{ channel: 'web' }, { ...GOOD, channel: 5 }, { ...GOOD, more: 1 }, null, 'a'];
/** Wrong for every kind. */
const WRONG_VALUES = [NaN, Infinity, undefined, null, {}, new Distribution(Bucketer.fixedWidth(1, 2))]; // prettier-ignore

/** Methods of metrics and bound cells that applications do not call to record or read. */
const NOT_RECORDING = new Set([
  'constructor',
  'describe',
  'initialValue',
  'handleMistake',
  'accepts',
  'accepted',
  'acceptsDistribution',
  'checkDistribution',
  'checkTimes',
  'durationSince',
  'holds',
  'addTo',
  'addInSpan',
  'addInSpanTo',
  'setIn',
  'refuse',
  'refuseNumber',
  'refuseType',
  'openTable',
  'row',
  'attach',
]);
/** Methods with other arguments than a value and fields. */
const OTHERS = new Set(['cells', 'clear', 'deleteMatching', 'startTimer', 'time']);

type Calls = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** The names of all methods that record or read, so that a new one is tested without a change of this test. */
function recordingMethods(object: object): string[] {
  const names = new Set<string>();
  for (
    let prototype: object | null = Object.getPrototypeOf(object) as object;
    prototype && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value === 'function' && !NOT_RECORDING.has(name)) {
        names.add(name);
      }
    }
  }
  return [...names].sort();
}

function metricOf(Kind: (typeof KINDS)[number], registry: Registry): Calls {
  return new Kind('shop/orders', { fields: FIELDS, registry }) as unknown as Calls;
}

function loggingRegistry(): Registry {
  const registry = new Registry();
  storeOf(registry).mistakes.mode = 'log';
  return registry;
}

function errorLog() {
  return vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
}

function cellsOf(registry: Registry): unknown[] {
  const [metric] = registry.instanceMetrics();
  return [...storeOf(registry).open(metric!)];
}

const misused = (registry: Registry): number | undefined =>
  storeOf(registry).mistakes.counts().get('shop/orders');

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe.each(KINDS)("R1 with misuse: 'log' a %o", Kind => {
  it.each([true, false])('ignores and counts every wrong call (enabled: %s)', enabled => {
    const error = errorLog();
    const registry = loggingRegistry();
    const metric = metricOf(Kind, registry);
    storeOf(registry).recording = enabled;
    let calls = 0;
    for (const method of recordingMethods(metric).filter(name => !OTHERS.has(name))) {
      const takesValue = method !== 'get' && method !== 'delete' && method !== 'cell';
      for (const wrong of takesValue ? WRONG_VALUES : []) {
        metric[method]!(wrong, GOOD);
        expect(misused(registry), `${method} of ${String(wrong)}`).toBe(++calls);
      }
      for (const wrong of WRONG_FIELDS) {
        const isExtraField = typeof wrong === 'object' && wrong !== null && 'more' in wrong;
        if (takesValue || method === 'cell' || !isExtraField) {
          metric[method]!(...(takesValue ? [goodValue(Kind, method)] : []), wrong);
          expect(misused(registry), `${method} with ${JSON.stringify(wrong)}`).toBe(++calls);
        }
      }
    }
    expect(cellsOf(registry)).toEqual([]);
    expect(error).toHaveBeenCalledTimes(1);
    expect(error.mock.calls[0]?.[0]).toBe(
      'A wrong call of metric "shop/orders" was ignored. Later ones are counted in tsmon/misused, and not logged.',
    );
    expect(error.mock.calls[0]?.[1]).toBeInstanceOf(Error);
  });

  it('binds wrong fields to no cell, and ignores records there', () => {
    errorLog();
    const registry = loggingRegistry();
    const bound = metricOf(Kind, registry)['cell']!({ channel: 'web' }) as Calls;
    expect(misused(registry)).toBe(1);
    const results = recordingMethods(bound).map(method => bound[method]!(goodValue(Kind, method)));
    expect(new Set(results)).toEqual(new Set([undefined]));
    expect(misused(registry)).toBeGreaterThan(1);
    expect(cellsOf(registry)).toEqual([]);
  });

  it('ignores and counts wrong values for a bound cell', () => {
    errorLog();
    const registry = loggingRegistry();
    const bound = metricOf(Kind, registry)['cell']!(GOOD) as Calls;
    let calls = 0;
    for (const method of recordingMethods(bound).filter(name => !/^(get|delete)$/.test(name))) {
      for (const wrong of WRONG_VALUES) {
        bound[method]!(wrong);
        expect(misused(registry), `${method} of ${String(wrong)}`).toBe(++calls);
      }
    }
    expect(calls).toBeGreaterThan(0);
    expect(cellsOf(registry)).toEqual([]);
  });

  it("throws for the same calls with misuse: 'throw', and counts nothing", () => {
    const registry = new Registry();
    storeOf(registry).mistakes.mode = 'throw';
    const metric = metricOf(Kind, registry);
    expect(() => metric['get']!({ channel: 'web' })).toThrow(TypeError);
    expect(() => metric['cell']!({ channel: 'web' })).toThrow(TypeError);
    expect(misused(registry)).toBeUndefined();
  });
});

function goodValue(Kind: (typeof KINDS)[number], method: string): unknown {
  if (Kind === CumulativeDistribution && method === 'set') {
    return new Distribution();
  }
  switch (Kind) {
    case StringGauge:
      return 'a';
    case BoolGauge:
      return true;
    case NonCumulativeDistribution:
      return new Distribution();
    default:
      return 1;
  }
}

describe("R1 misuse: 'log'", () => {
  it('keeps a sum where a call would make it fall, or exceed its range', () => {
    errorLog();
    const registry = loggingRegistry();
    const orders = new Counter('shop/orders', { registry });
    const sizes = new CumulativeDistribution('shop/sizes', { registry });
    orders.add(5);
    orders.set(3);
    orders.cell().set(3);
    orders.add(-1);
    orders.add(Number.MAX_SAFE_INTEGER);
    expect([orders.get(), misused(registry)]).toEqual([5, 4]);
    sizes.add(Number.MAX_VALUE);
    sizes.add(Number.MAX_VALUE);
    expect(sizes.get()?.count).toBe(1);
    expect(storeOf(registry).mistakes.counts().get('shop/sizes')).toBe(1);
  });

  it('counts samples with wrong fields apart from those beyond the limit of cells', () => {
    errorLog();
    const registry = loggingRegistry();
    const orders = new Counter('shop/orders', { fields: FIELDS, registry });
    orders.add(5, { channel: 'web' } as never);
    orders.set(2, { channel: 'web' } as never);
    expect([...storeOf(registry).dropped()]).toEqual([]);
    orders.add(1, GOOD);
    expect(orders.get(GOOD)).toBe(1);
  });

  it('still calls a timed function, and deletes nothing', async () => {
    errorLog();
    const registry = loggingRegistry();
    const options = { fields: FIELDS, registry };
    const timed = new CumulativeDistribution('shop/times', { ...options, units: Units.Seconds });
    const sizes = new CumulativeDistribution('shop/sizes', options);
    timed.add(1, GOOD);
    sizes.add(1, GOOD);
    expect(timed.time({ channel: 'web' } as never, () => 'done')).toBe('done');
    expect(sizes.time(GOOD, () => 'done')).toBe('done');
    expect(timed.time(GOOD, 'none' as never)).toBeUndefined();
    expect(timed.startTimer({ channel: 5 as never })({ paid: true } as never)).toBe(0);
    expect(sizes.startTimer(GOOD)()).toBe(0);
    timed.startTimer()({ channel: 'web' } as never);
    timed.deleteMatching({ chanel: 'web' } as never);
    timed.deleteMatching(null as never);
    expect(timed.cells().length + sizes.cells().length).toBe(2);
    expect(Object.fromEntries(storeOf(registry).mistakes.counts())).toEqual({
      'shop/times': 7,
      'shop/sizes': 2,
    });
  });

  it('logs once for each metric, and again after a reset', () => {
    const error = errorLog();
    const registry = loggingRegistry();
    const metrics = ['a', 'b'].map(name => new Counter(name, { registry }));
    const misuseAll = (): void => metrics.forEach(metric => metric.add(NaN));
    misuseAll();
    misuseAll();
    expect(error).toHaveBeenCalledTimes(2);
    storeOf(registry).reset();
    expect(storeOf(registry).mistakes.counts().size).toBe(0);
    misuseAll();
    expect(error).toHaveBeenCalledTimes(4);
  });

  it('still throws errors about wrong declarations', () => {
    vi.stubEnv('NODE_ENV', 'production');
    const registry = loggingRegistry();
    expect(() => new Counter('a b', { registry })).toThrow(RangeError);
    expect(() => new Counter('a', { registry, fields: { f: 'float' as 'int' } })).toThrow(
      RangeError,
    );
    void new Counter('a', { registry });
    expect(() => new IntGauge('a', { registry })).toThrow('Two metrics have the same name');
  });
});

describe('R1 without the option', () => {
  it.each([
    ['production', false],
    ['development', true],
    ['test', true],
    ['', true],
  ])('NODE_ENV=%s decides at the moment of the mistake: throws %s', (environment, throws) => {
    errorLog();
    const orders = new Counter('shop/orders', { registry: new Registry() });
    const wrong = (): void => orders.add(NaN);
    expect(wrong).toThrow(RangeError);
    vi.stubEnv('NODE_ENV', environment);
    if (throws) {
      expect(wrong).toThrow(RangeError);
    } else {
      expect(wrong).not.toThrow();
    }
  });
});
