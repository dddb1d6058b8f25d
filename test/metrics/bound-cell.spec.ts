import { describe, expect, it } from 'vitest';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { BoolGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Device } from '../../lib/targets/device.js';
import { Task } from '../../lib/targets/task.js';
import { withTarget } from '../../lib/targets/with-target.js';

const own = new Task({ serviceName: 's', jobName: 'j' });
const fields = { route: 'string' } as const;

function setUp() {
  const registry = new Registry();
  const store = storeOf(registry);
  const counter = new Counter('hits', { registry, fields });
  return { registry, store, counter, cell: counter.cell({ route: '/a' }) };
}

describe('a bound cell', () => {
  it('is the same cell as that of the metric', () => {
    const { counter, cell } = setUp();
    cell.add(1);
    counter.add(2, { route: '/a' });
    cell.set(10);
    expect(cell.get()).toBe(10);
    expect(counter.get({ route: '/a' })).toBe(10);
  });

  it('makes its cell when it first records, not before', () => {
    const { registry, store, counter, cell } = setUp();
    expect(cell.get()).toBeUndefined();
    cell.delete();
    expect(store.snapshot(registry.instanceMetrics(), own)).toEqual([]);
    cell.add(1);
    expect(counter.get({ route: '/a' })).toBe(1);
  });

  it('checks as the metric does', () => {
    const { registry, cell } = setUp();
    expect(() => cell.add(-1)).toThrow(RangeError);
    expect(() => cell.add(0.5)).toThrow(RangeError);
    cell.add(3);
    expect(() => cell.set(2)).toThrow(RangeError);
    expect(cell.get()).toBe(3);
    expect(() => new FloatCounter('f', { registry }).cell().add(NaN)).toThrow(RangeError);
    expect(() => new IntGauge('i', { registry }).cell().set(0.5)).toThrow(RangeError);
    expect(() => new StringGauge('s', { registry }).cell().set(1 as never)).toThrow(TypeError);
    expect(() => new BoolGauge('b', { registry }).cell().set(1 as never)).toThrow(TypeError);
    expect(() => new CumulativeDistribution('c', { registry }).cell().add(-1)).toThrow(RangeError);
    expect(() => new NonCumulativeDistribution('n', { registry }).cell().set(1 as never)).toThrow(
      TypeError,
    );
  });

  it('of a distribution returns and takes copies', () => {
    const { registry } = setUp();
    const durations = new CumulativeDistribution('durations', { registry }).cell();
    durations.add(1);
    durations.get()!.add(2);
    expect(durations.get()!.count).toBe(1);
    const ages = new NonCumulativeDistribution('ages', { registry }).cell();
    const given = new Distribution();
    ages.set(given);
    given.add(1);
    ages.get()!.add(1);
    expect(ages.get()!.count).toBe(0);
  });

  it.each([
    ['its own delete()', ({ cell }: ReturnType<typeof setUp>) => cell.delete()],
    [
      'a delete() of the metric',
      ({ counter }: ReturnType<typeof setUp>) => counter.delete({ route: '/a' }),
    ],
    ['a reset', ({ store }: ReturnType<typeof setUp>) => store.reset()],
  ])('attaches again after %s', (_, forget) => {
    const parts = setUp();
    parts.cell.add(5);
    forget(parts);
    expect(parts.cell.get()).toBeUndefined();
    parts.cell.add(1);
    expect(parts.cell.get()).toBe(1);
    expect(parts.counter.get({ route: '/a' })).toBe(1);
  });

  it('starts a new stream after delete()', () => {
    const { registry, store, cell } = setUp();
    cell.add(5);
    const [before] = store.snapshot(registry.instanceMetrics(), own);
    cell.delete();
    cell.add(1);
    const [after] = store.snapshot(registry.instanceMetrics(), own);
    expect(after!.resetTime).toBeGreaterThan(before!.resetTime);
  });

  it('records nothing while metrics are disabled, and again once they are enabled', () => {
    const { store, cell } = setUp();
    cell.add(1);
    store.recording = false;
    cell.add(10);
    cell.set(100);
    expect(() => cell.set(0)).toThrow(RangeError);
    expect(cell.get()).toBe(1);
    store.recording = true;
    cell.add(1);
    expect(cell.get()).toBe(2);
  });

  it('that was made while metrics are disabled records once they are enabled', () => {
    const { store, counter } = setUp();
    store.recording = false;
    const cell = counter.cell({ route: '/b' });
    cell.add(1);
    expect(cell.get()).toBeUndefined();
    store.recording = true;
    cell.add(1);
    expect(counter.get({ route: '/b' })).toBe(1);
  });

  it('is bound to the target at the time it was made', () => {
    const { counter } = setUp();
    const device = new Device({ hostname: 'printer-17' });
    const inside = withTarget(device, () => counter.cell({ route: '/a' }));
    const outside = counter.cell({ route: '/a' });
    inside.add(1);
    withTarget(device, () => outside.add(2));
    expect(withTarget(device, () => counter.get({ route: '/a' }))).toBe(1);
    expect(counter.get({ route: '/a' })).toBe(2);
    withTarget(device, () => outside.delete());
    expect(counter.get({ route: '/a' })).toBeUndefined();
    expect(inside.get()).toBe(1);
  });

  it('past the limit records nothing, and gets a cell once there is room', () => {
    const { store, counter, cell } = setUp();
    store.cellsPerMetric = 1;
    counter.add(1, { route: '/other' });
    cell.add(1);
    cell.add(1);
    expect(cell.get()).toBeUndefined();
    expect(store.dropped().get('hits')).toBe(2);
    counter.delete({ route: '/other' });
    cell.add(1);
    expect(cell.get()).toBe(1);
  });
});
