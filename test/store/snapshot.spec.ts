import { describe, expect, it } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { BoolGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { Device } from '../../lib/targets/device.js';
import { Task } from '../../lib/targets/task.js';
import { withTarget } from '../../lib/targets/with-target.js';

const own = new Task({ serviceName: 's', jobName: 'j' });

function setUp() {
  const registry = new Registry();
  const store = storeOf(registry);
  const clock = new ManualClock();
  store.useClock(clock);
  const snapshot = () => store.snapshot(registry.instanceMetrics(), own);
  const cells = () => snapshot();
  return { registry, store, clock, snapshot, cells };
}

describe('a snapshot', () => {
  it('has every cell of the metrics asked for, with field values in declared order', () => {
    const { registry, store, cells } = setUp();
    const counter = new Counter('hits', { registry, fields: { b: 'string', a: 'int' } });
    const gauge = new StringGauge('version', { registry });
    counter.add(1, { a: 1, b: 'x' });
    counter.add(2, { a: 2, b: 'x' });
    gauge.set('');
    expect(cells().map(({ metric, fieldValues, value }) => [metric, fieldValues, value])).toEqual([
      [counter, ['x', 1], 1],
      [counter, ['x', 2], 2],
      [gauge, [], ''],
    ]);
    expect(store.snapshot([gauge], own)).toHaveLength(1);
    expect(store.snapshot([], own)).toEqual([]);
  });

  it('does not see what is recorded, set or deleted later', () => {
    const { registry, cells } = setUp();
    const counter = new Counter('hits', { registry });
    const durations = new CumulativeDistribution('durations', { registry });
    const up = new BoolGauge('up', { registry });
    counter.add(1);
    durations.add(1);
    up.set(false);
    const before = cells();
    counter.add(1);
    durations.add(1);
    up.set(true);
    counter.delete();
    expect(
      before.map(({ value }) => (value instanceof Distribution ? value.count : value)),
    ).toEqual([1, 1, false]);
  });

  it('does not let the one who gets it change the store', () => {
    const { registry, cells } = setUp();
    const durations = new CumulativeDistribution('durations', { registry });
    const ages = new NonCumulativeDistribution('ages', { registry });
    durations.add(1);
    ages.set(new Distribution());
    cells().forEach(({ value }) => (value as Distribution).add(5));
    expect(durations.get()!.count).toBe(1);
    expect(ages.get()!.count).toBe(0);
  });

  it('gives cells without a target the current one, and others their own', () => {
    const { registry, store } = setUp();
    const counter = new Counter('hits', { registry });
    const device = new Device({ hostname: 'printer-17' });
    counter.add(1);
    withTarget(device, () => counter.add(2));
    const targets = (defaultTarget: Task) =>
      store.snapshot([counter], defaultTarget).map(cell => cell.target);
    expect(targets(own)).toEqual([own, device]);
    expect(targets(own.withTaskNum(7))).toEqual([own.withTaskNum(7), device]);
  });

  it('has as reset time of a cell its first record: R4 a later one for each cell', () => {
    const { registry, store, clock, cells } = setUp();
    const counter = new Counter('hits', { registry, fields: { n: 'int' } });
    const startUs = clock.now() * 1000;
    counter.add(1, { n: 1 });
    counter.add(1, { n: 2 });
    clock.advance(5);
    counter.add(1, { n: 3 });
    counter.add(1, { n: 1 });
    expect(cells().map(({ resetTime }) => resetTime - startUs)).toEqual([0, 1, 5000]);
    expect(store.timestamp() - startUs).toBe(5001);
  });

  it('has a new reset time after delete() and reset()', () => {
    const { registry, store, clock, cells } = setUp();
    const counter = new Counter('hits', { registry });
    const startUs = clock.now() * 1000;
    counter.add(1);
    clock.advance(1);
    counter.delete();
    counter.add(1);
    expect(cells()[0]!.resetTime - startUs).toBe(1000);
    clock.advance(1);
    store.reset();
    expect(cells()).toEqual([]);
    counter.add(1);
    expect(cells()[0]!.resetTime - startUs).toBe(2000);
  });

  it('does not change when the process goes on: cells under 3 targets and 100 fields', () => {
    const { registry, cells } = setUp();
    const counter = new Counter('hits', { registry, fields: { n: 'int', s: 'string' } });
    const addAll = (): void => {
      for (const hostname of ['a', 'b', 'c']) {
        withTarget(new Device({ hostname }), () => {
          for (let n = 0; n < 100; n++) {
            counter.add(n, { n, s: hostname });
          }
        });
      }
    };
    addAll();
    const before = cells();
    expect(before).toHaveLength(300);
    addAll();
    expect(before.every(({ value, fieldValues: [n] }) => value === n)).toBe(true);
    expect(cells().every(({ value, fieldValues: [n] }) => value === 2 * Number(n))).toBe(true);
  });
});

describe('snapshotAgain', () => {
  it('has the same cells with their current values, without deleted ones', () => {
    const { registry, store, snapshot } = setUp();
    const counter = new Counter('hits', { registry, fields: { n: 'int' } });
    counter.add(1, { n: 1 });
    counter.add(1, { n: 2 });
    const earlier = snapshot();
    counter.add(5, { n: 1 });
    counter.delete({ n: 2 });
    counter.add(9, { n: 2 });
    counter.add(1, { n: 3 });
    const again = store.snapshotAgain(earlier, own.withTaskNum(3));
    expect(again.map(cell => [cell.fieldValues, cell.value, cell.target])).toEqual([
      [[1], 6, own.withTaskNum(3)],
    ]);
  });
});

describe('discard', () => {
  it('removes the cells', () => {
    const { registry, store, snapshot } = setUp();
    const gauge = new IntGauge('users', { registry, fields: { n: 'int' } });
    gauge.set(1, { n: 1 });
    gauge.set(2, { n: 2 });
    store.discard(snapshot());
    expect(snapshot()).toEqual([]);
    expect(gauge.get({ n: 1 })).toBeUndefined();
  });

  it('F3 keeps values set since the snapshot', () => {
    const { registry, store, snapshot } = setUp();
    const gauge = new IntGauge('users', { registry, fields: { n: 'int' } });
    const ages = new NonCumulativeDistribution('ages', { registry });
    gauge.set(1, { n: 1 });
    gauge.set(2, { n: 2 });
    ages.set(new Distribution());
    const earlier = snapshot();
    gauge.set(7, { n: 1 });
    ages.set(new Distribution());
    store.discard(earlier);
    expect(snapshot().map(cell => [cell.metric.name, cell.fieldValues])).toEqual([
      ['users', [1]],
      ['ages', []],
    ]);
  });

  it('keeps a cell that was deleted and made again since, though with the same value', () => {
    const { registry, store, snapshot } = setUp();
    const gauge = new IntGauge('users', { registry });
    gauge.set(1);
    const earlier = snapshot();
    gauge.delete();
    gauge.set(1);
    store.discard(earlier);
    store.discard(earlier);
    expect(gauge.get()).toBe(1);
  });

  it('does nothing after a reset', () => {
    const { registry, store, snapshot } = setUp();
    const gauge = new IntGauge('users', { registry });
    gauge.set(1);
    const earlier = snapshot();
    store.reset();
    gauge.set(1);
    store.discard(earlier);
    expect(gauge.get()).toBe(1);
  });

  it('leaves other cells of the same fields and targets alone', () => {
    const { registry, store } = setUp();
    const gauge = new IntGauge('users', { registry, fields: { a: 'int', b: 'int' } });
    const device = new Device({ hostname: 'd' });
    for (const a of [1, 2]) {
      for (const b of [1, 2]) {
        gauge.set(a * 10 + b, { a, b });
        withTarget(device, () => gauge.set(a * 10 + b, { a, b }));
      }
    }
    const all = store.snapshot([gauge], own);
    store.discard(
      all.filter(({ target, fieldValues }) => target === device || fieldValues[1] === 1),
    );
    const left = store.snapshot([gauge], own).map(({ value }) => value);
    expect(left).toEqual([12, 22]);
    gauge.set(1, { a: 1, b: 1 });
    expect(gauge.get({ a: 1, b: 1 })).toBe(1);
  });
});
