import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Device } from '../../lib/targets/device.js';
import { Task } from '../../lib/targets/task.js';
import { withTarget } from '../../lib/targets/with-target.js';

const own = new Task({ serviceName: 's', jobName: 'j' });

function setUp(cellsPerMetric = 2) {
  const registry = new Registry();
  const store = storeOf(registry);
  store.cellsPerMetric = cellsPerMetric;
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const counter = new Counter('hits', { registry, fields: { n: 'int' } });
  const size = (): number => store.snapshot(registry.instanceMetrics(), own).length;
  return { registry, store, warn, counter, size };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('R3 past cellsPerMetric', () => {
  it('new cells are dropped and counted, known ones go on', () => {
    const { store, counter, size } = setUp();
    for (let n = 0; n < 10; n++) {
      counter.add(1, { n });
    }
    counter.add(1, { n: 0 });
    expect(size()).toBe(2);
    expect(counter.get({ n: 0 })).toBe(2);
    expect(counter.get({ n: 2 })).toBeUndefined();
    expect(store.dropped()).toEqual(new Map([['hits', 8]]));
  });

  it('one warning a metric is logged, with what to do', () => {
    const { registry, warn, counter } = setUp();
    const other = new IntGauge('other', { registry, fields: { n: 'int' } });
    for (let n = 0; n < 10; n++) {
      counter.add(1, { n });
      other.set(1, { n });
    }
    expect(warn).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/"hits".*limits\.cellsPerMetric/));
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('"other"'));
  });

  it('records are checked as below the limit', () => {
    const { counter } = setUp(0);
    expect(() => counter.add(-1, { n: 1 })).toThrow(RangeError);
    expect(() => counter.add(1, { n: 'x' as unknown as number })).toThrow(TypeError);
    expect(() => counter.add(1, { n: 1, extra: 1 } as { n: number })).toThrow(TypeError);
    expect(() => counter.add(1, { n: 1 })).not.toThrow();
  });

  it('distributions are dropped alike', () => {
    const { registry, store, size } = setUp(0);
    const durations = new CumulativeDistribution('durations', { registry });
    durations.add(1);
    expect(durations.get()).toBeUndefined();
    expect(size()).toBe(0);
    expect(store.dropped().get('durations')).toBe(1);
  });

  it('a deleted cell makes room for another', () => {
    const { counter, size } = setUp();
    counter.add(1, { n: 1 });
    counter.add(1, { n: 2 });
    counter.delete({ n: 1 });
    counter.delete({ n: 1 });
    counter.add(1, { n: 3 });
    counter.add(1, { n: 4 });
    expect(counter.get({ n: 3 })).toBe(1);
    expect(counter.get({ n: 4 })).toBeUndefined();
    expect(size()).toBe(2);
  });

  it('a discarded cell makes room for another, and a reset for all', () => {
    const { registry, store, counter, size } = setUp();
    const gauge = new IntGauge('queue', { registry, fields: { n: 'int' } });
    gauge.set(1, { n: 1 });
    gauge.set(1, { n: 2 });
    store.discard(store.snapshot([gauge], own));
    gauge.set(1, { n: 3 });
    gauge.set(1, { n: 4 });
    expect(gauge.get({ n: 4 })).toBe(1);
    counter.add(1, { n: 1 });
    store.reset();
    for (let n = 10; n < 13; n++) {
      counter.add(1, { n });
    }
    expect(size()).toBe(2);
    expect(store.dropped()).toEqual(new Map([['hits', 1]]));
  });

  it('cells of all targets count together', () => {
    const { counter, size } = setUp();
    for (const hostname of ['a', 'b', 'c']) {
      withTarget(new Device({ hostname }), () => counter.add(1, { n: 0 }));
    }
    expect(size()).toBe(2);
  });

  it('the limit is 5000 by default', () => {
    expect(storeOf(new Registry()).cellsPerMetric).toBe(5000);
  });

  it('each metric has its own limit', () => {
    const { registry, counter, size } = setUp();
    const other = new Counter('other', { registry, fields: { n: 'int' } });
    for (let n = 0; n < 5; n++) {
      counter.add(1, { n });
      other.add(1, { n });
    }
    expect(size()).toBe(4);
  });
});
