import { describe, expect, it, vi } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { registerGlobalCallback } from '../../lib/metrics/callbacks.js';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { defaultRegistry, Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';

const namesIn = (registry: Registry): string[] =>
  registry.instanceMetrics().map(({ name }) => name);

describe('a metric name', () => {
  it.each(['a', 'shop/orders', 'a-b_c/D9', '/chrome/infra/foo', '/own/prefix', '-', '_/9'])(
    'may be %s',
    name => {
      expect(new Counter(name, { registry: new Registry() }).name).toBe(name);
    },
  );

  it.each([
    '',
    '/',
    'a/',
    'a//b',
    '//a',
    'a b',
    'ä',
    'a.b',
    'a\n',
    ' a',
    'a:b',
    null,
    1,
    {},
    ['a'],
  ])('may not be %j, and nothing is registered', name => {
    const registry = new Registry();
    expect(() => new Counter(name as string, { registry })).toThrow(
      typeof name === 'string' ? RangeError : TypeError,
    );
    expect(namesIn(registry)).toEqual([]);
  });

  it('is reserved only by a valid declaration', () => {
    const registry = new Registry();
    expect(() => new Counter('m', { registry, fields: { 'a b': 'string' } })).toThrow(RangeError);
    expect(() => new Counter('m', { registry, description: 5 as unknown as string })).toThrow(
      TypeError,
    );
    expect(
      () => new CumulativeDistribution('m', { registry, bucketer: {} as unknown as Bucketer }),
    ).toThrow(TypeError);
    expect(namesIn(registry)).toEqual([]);
    expect(() => new IntGauge('m', { registry })).not.toThrow();
  });
});

describe('two declarations of one name', () => {
  const options = { description: 'Orders.', fields: { status: 'string' }, units: 'By' } as const;

  it('that are equal are one metric', () => {
    const registry = new Registry();
    const one = new Counter('orders', { registry, ...options });
    const two = new Counter('orders', { registry, ...options });
    one.add(1, { status: 'ok' });
    two.add(1, { status: 'ok' });
    const bound = one.cell({ status: 'ok' });
    bound.add(1);
    expect(one.get({ status: 'ok' })).toBe(3);
    expect(two.get({ status: 'ok' })).toBe(3);
    expect(namesIn(registry)).toEqual(['orders']);
  });

  it.each([
    ['kind', (registry: Registry) => new FloatCounter('orders', { registry, ...options })],
    [
      'description',
      (registry: Registry) => new Counter('orders', { registry, ...options, description: '' }),
    ],
    ['units', (registry: Registry) => new Counter('orders', { registry, ...options, units: 's' })],
    [
      'field type',
      (registry: Registry) =>
        new Counter('orders', { registry, ...options, fields: { status: 'int' } }),
    ],
    [
      'field name',
      (registry: Registry) =>
        new Counter('orders', { registry, ...options, fields: { state: 'string' } }),
    ],
    ['no fields', (registry: Registry) => new Counter('orders', { registry })],
  ])('that differ are an error that shows both: %s', (_, second) => {
    const registry = new Registry();
    const first = new Counter('orders', { registry, ...options });
    first.add(1, { status: 'ok' });
    expect(() => second(registry)).toThrow(first.describe());
    expect(() => second(registry)).toThrow('Two metrics have the same name but differ');
    first.add(1, { status: 'ok' });
    expect(first.get({ status: 'ok' })).toBe(2);
  });

  it('that differ in the order of fields or in the bucketer differ', () => {
    const registry = new Registry();
    const ordered = new Counter('a', { registry, fields: { x: 'string', y: 'string' } });
    expect(() => new Counter('a', { registry, fields: { y: 'string', x: 'string' } })).toThrow(
      ordered.describe(),
    );
    const bucketed = new CumulativeDistribution('b', { registry });
    expect(
      () => new CumulativeDistribution('b', { registry, bucketer: Bucketer.geometric(2, 10) }),
    ).toThrow(bucketed.describe());
    const bounded = new CumulativeDistribution('c', { registry, bucketer: Bucketer.explicit([1]) });
    bounded.add(5);
    const again = new CumulativeDistribution('c', { registry, bucketer: Bucketer.explicit([1]) });
    expect(again.get()!.count).toBe(1);
    expect(
      () => new CumulativeDistribution('c', { registry, bucketer: Bucketer.explicit([2]) }),
    ).toThrow(bounded.describe());
  });

  it.each([
    ['foo', '/chrome/infra/foo'],
    ['/chrome/infra/a/b', 'a/b'],
  ])('that ProdX could not tell apart are an error: %s and %s', (one, two) => {
    const registry = new Registry();
    const first = new Counter(one, { registry });
    expect(() => new Counter(two, { registry })).toThrow(first.describe());
    expect(() => new Counter(two, { registry })).toThrow(`"${two}"`);
  });

  it('are two metrics in two registries', () => {
    const [one, two] = [new Registry(), new Registry()];
    const counter = new Counter('m', { registry: one });
    const gauge = new IntGauge('m', { registry: two });
    counter.add(1);
    gauge.set(-1);
    expect([counter.get(), gauge.get()]).toEqual([1, -1]);
  });

  it('/foo and foo are two metrics', () => {
    const registry = new Registry();
    const slash = new Counter('/foo', { registry });
    const plain = new Counter('foo', { registry });
    slash.add(1);
    expect(plain.get()).toBeUndefined();
  });
});

describe('Registry', () => {
  it('is the default one unless given', () => {
    expect(new Counter('registry_spec/default').registry).toBe(defaultRegistry);
    expect(namesIn(defaultRegistry)).toContain('registry_spec/default');
  });

  it('keeps global metrics apart from those of every instance', () => {
    const registry = new Registry();
    const own = new Counter('own', { registry });
    const users = new IntGauge('users', { registry });
    const unregister = registerGlobalCallback('users', [users], () => users.set(1));
    expect(registry.instanceMetrics()).toEqual([own]);
    expect(registry.globalMetrics()).toEqual([users]);
    unregister();
    expect(registry.instanceMetrics()).toEqual([own, users]);
    expect(registry.globalMetrics()).toEqual([]);
  });

  it('has a global metric once, though it is declared twice', () => {
    const registry = new Registry();
    const first = new IntGauge('users', { registry });
    const second = new IntGauge('users', { registry });
    registerGlobalCallback('a', [second], () => undefined);
    registerGlobalCallback('b', [first, second], () => undefined);
    expect(registry.globalMetrics()).toEqual([first]);
    expect(registry.instanceMetrics()).toEqual([]);
  });

  it('has a store of its own, also if only the file of a metric is imported', async () => {
    vi.resetModules();
    const { Counter: FreshCounter } = await import('../../lib/metrics/counter.js');
    const counter = new FreshCounter('m');
    counter.add(1);
    expect(counter.get()).toBe(1);
    expect(new FreshCounter('m', { registry: new Registry() }).get()).toBeUndefined();
  });

  it('has a store that another copy of the package uses, if that copy has the same protocol', () => {
    const registry = new Registry();
    const another = { store: { open: () => undefined } } as unknown as Registry;
    expect(storeOf(registry)).toBe(registry.store);
    expect(() => storeOf(another)).toThrow('another copy of nestjs-tsmon, which does not fit');
  });
});

describe('a metric', () => {
  it.each([
    ['Counter', Counter, 'description, fields, units, registry'],
    [
      'CumulativeDistribution',
      CumulativeDistribution,
      'description, fields, units, registry, bucketer',
    ],
  ])('refuses an option that %s does not have', (_, Kind, known) => {
    const misspelled = { registry: new Registry(), desciption: 'Orders placed.' };
    expect(() => new Kind('orders', misspelled)).toThrow(
      new TypeError(`Unknown option "desciption" of metric "orders"; it has ${known}.`),
    );
  });
});
