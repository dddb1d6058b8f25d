import { describe, expect, it } from 'vitest';
import { registerCallback, registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';

describe('registerCallback', () => {
  it('adds callbacks to their registry, in order, and returns a function that removes one', () => {
    const registry = new Registry();
    const ran: string[] = [];
    const unregister = registerCallback(() => void ran.push('first'), { registry });
    registerCallback(() => void ran.push('second'), { registry });
    const runAll = (): void => registry.callbacks.forEach(({ run }) => void run());
    runAll();
    unregister();
    unregister();
    runAll();
    expect(ran).toEqual(['first', 'second', 'second']);
  });

  it('accepts one function twice, and removes one at a time', () => {
    const registry = new Registry();
    const callback = (): void => undefined;
    const unregister = registerCallback(callback, { registry });
    registerCallback(callback, { registry });
    unregister();
    unregister();
    expect(registry.callbacks.size).toBe(1);
  });

  it.each([undefined, null, 'x', {}])('refuses %s', value => {
    expect(() =>
      registerCallback(value as unknown as () => void, { registry: new Registry() }),
    ).toThrow(TypeError);
  });
});

describe('registerCallback with gauges', () => {
  it('uses their registry, and refuses another one', () => {
    const registry = new Registry();
    const depth = new IntGauge('depth', { registry });
    registerCallback(() => depth.set(1), { gauges: [depth] });
    expect(registry.callbacks.size).toBe(1);
    const mixed = { gauges: [depth], registry: new Registry() };
    expect(() => registerCallback(() => depth.set(1), mixed)).toThrow(TypeError);
    expect(() => registerCallback(() => depth.set(1), mixed)).toThrow('"depth", which belongs to');
  });

  it('refuses cumulative metrics, and a registry in place of the options', () => {
    const registry = new Registry();
    const orders = new Counter('orders', { registry });
    expect(() => registerCallback(() => undefined, { gauges: [orders] })).toThrow(
      'names Counter "orders"',
    );
    expect(() => registerCallback(() => undefined, registry as never)).toThrow(TypeError);
    expect(registry.callbacks.size).toBe(0);
  });
});

describe('registerGlobalCallback', () => {
  it('replaces the callback of the same name, whose unregister then does nothing', () => {
    const registry = new Registry();
    const [a, b] = [new IntGauge('a', { registry }), new IntGauge('b', { registry })];
    const unregisterFirst = registerGlobalCallback('users', [a], () => undefined);
    const unregisterSecond = registerGlobalCallback('users', [b], () => undefined);
    unregisterFirst();
    expect(registry.globalMetrics()).toEqual([b]);
    unregisterSecond();
    expect(registry.globalMetrics()).toEqual([]);
  });

  it('takes all kinds of gauges', () => {
    const registry = new Registry();
    const metrics = [
      new IntGauge('a', { registry }),
      new FloatGauge('b', { registry }),
      new StringGauge('c', { registry }),
      new BoolGauge('d', { registry }),
      new NonCumulativeDistribution('e', { registry }),
    ];
    registerGlobalCallback('all', metrics, () => undefined);
    expect(registry.globalMetrics()).toEqual(metrics);
  });

  it('refuses cumulative metrics, and names them', () => {
    const registry = new Registry();
    for (const metric of [
      new Counter('a', { registry }),
      new FloatCounter('b', { registry }),
      new CumulativeDistribution('c', { registry }),
    ]) {
      expect(() => registerGlobalCallback('sum', [metric], () => undefined)).toThrow(TypeError);
      expect(() => registerGlobalCallback('sum', [metric], () => undefined)).toThrow(metric.name);
    }
    expect(registry.globalCallbacks.size).toBe(0);
  });

  it('refuses no metrics, and metrics of two registries', () => {
    const one = new IntGauge('a', { registry: new Registry() });
    const two = new IntGauge('b', { registry: new Registry() });
    expect(() => registerGlobalCallback('none', [], () => undefined)).toThrow(TypeError);
    expect(() => registerGlobalCallback('two', [one, two], () => undefined)).toThrow(TypeError);
  });

  it.each([undefined, null, 'x'])('refuses %s as a callback', value => {
    const gauge = new IntGauge('a', { registry: new Registry() });
    expect(() => registerGlobalCallback('bad', [gauge], value as unknown as () => void)).toThrow(
      TypeError,
    );
    expect(gauge.registry.globalMetrics()).toEqual([]);
  });

  it('is not changed by a later change of the array', () => {
    const registry = new Registry();
    const gauge = new IntGauge('a', { registry });
    const metrics = [gauge];
    registerGlobalCallback('a', metrics, () => undefined);
    metrics.pop();
    expect(registry.globalMetrics()).toEqual([gauge]);
  });
});
