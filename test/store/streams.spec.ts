import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import type { CellSnapshot } from '../../lib/store/snapshot.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { Task } from '../../lib/targets/task.js';
import { SeededRandom } from '../support/seeded-random.js';

const own = new Task({ serviceName: 's', jobName: 'j' });

function setUp() {
  const registry = new Registry();
  const store = storeOf(registry);
  const clock = new ManualClock();
  store.useClock(clock);
  const counter = new Counter('hits', { registry });
  const snapshot = (): CellSnapshot[] => store.snapshot(registry.instanceMetrics(), own);
  const sent = (): unknown => snapshot()[0]?.value;
  return { registry, store, clock, counter, snapshot, sent };
}

describe('F7 a new stream', () => {
  it('starts at that moment, with the increments not yet accepted', () => {
    const { store, clock, counter, snapshot, sent } = setUp();
    counter.add(5);
    snapshot()[0]!.accept();
    counter.add(3);
    clock.advance(1000);
    const momentUs = clock.now() * 1000;
    store.startStreams();
    expect(sent()).toBe(3);
    expect(snapshot()[0]!.resetTime).toBe(momentUs);
    counter.add(1);
    expect(sent()).toBe(4);
  });

  it('does not change what the application reads', () => {
    const { store, counter, snapshot, sent } = setUp();
    counter.add(5);
    snapshot()[0]!.accept();
    store.startStreams();
    expect(counter.get()).toBe(5);
    expect(() => counter.set(4)).toThrow(RangeError);
    counter.set(7);
    expect(counter.get()).toBe(7);
    expect(sent()).toBe(2);
  });

  it('begins with everything if nothing was accepted, and with 0 if all was', () => {
    const { store, counter, snapshot, sent } = setUp();
    counter.add(5);
    store.startStreams();
    store.startStreams();
    expect(sent()).toBe(5);
    snapshot()[0]!.accept();
    store.startStreams();
    expect(sent()).toBe(0);
    expect(counter.get()).toBe(5);
  });

  it('ignores a snapshot that was not accepted', () => {
    const { store, counter, snapshot, sent } = setUp();
    counter.add(5);
    snapshot();
    store.startStreams();
    expect(sent()).toBe(5);
  });

  it('counts the values of an accepted snapshot, not later ones', () => {
    const { store, counter, snapshot, sent } = setUp();
    counter.add(5);
    const [earlier] = snapshot();
    counter.add(2);
    earlier!.accept();
    expect(sent()).toBe(7);
    store.startStreams();
    expect(sent()).toBe(2);
  });

  it('of a distribution begins with the samples not yet accepted', () => {
    const { registry, store } = setUp();
    const durations = new CumulativeDistribution('durations', {
      registry,
      bucketer: Bucketer.fixedWidth(10, 3),
    });
    const snapshot = (): CellSnapshot => store.snapshot([durations], own)[0]!;
    durations.add(5);
    durations.add(35);
    snapshot().accept();
    durations.add(15);
    store.startStreams();
    expect(snapshot().value).toMatchObject({ count: 1, sum: 15, bucketCounts: [0, 0, 1] });
    expect(durations.get()).toMatchObject({ count: 3, sum: 55 });
  });

  it('does not begin for gauges', () => {
    const { registry, store, clock } = setUp();
    const gauge = new IntGauge('queue', { registry });
    gauge.set(5);
    const [before] = store.snapshot([gauge], own);
    before!.accept();
    clock.advance(1000);
    store.startStreams();
    const [after] = store.snapshot([gauge], own);
    expect(after!).toEqual(before!);
  });

  it('has a later start than every end before', () => {
    const { store, counter, snapshot } = setUp();
    counter.add(1);
    const endTime = store.timestamp();
    store.startStreams();
    expect(snapshot()[0]!.resetTime).toBeGreaterThan(endTime);
  });

  it('has the whole value of a cell made after delete()', () => {
    const { store, counter, snapshot, sent } = setUp();
    counter.add(5);
    snapshot()[0]!.accept();
    store.startStreams();
    counter.delete();
    counter.add(2);
    expect(sent()).toBe(2);
  });
});

/** What a backend keeps: of each stream the last point. */
function makeReceiver() {
  const streams = new Map<number, { endTime: number; value: number }>();
  const receive = (startTime: number, endTime: number, value: number): void => {
    const former = streams.get(startTime);
    expect(startTime).toBeLessThan(endTime);
    if (former) {
      expect(endTime).toBeGreaterThan(former.endTime);
      expect(value).toBeGreaterThanOrEqual(former.value);
    } else {
      expect([...streams.values()].filter(other => other.endTime >= startTime)).toEqual([]);
    }
    streams.set(startTime, { endTime, value });
  };
  const total = (): number => [...streams.values()].reduce((sum, { value }) => sum + value, 0);
  return { receive, total };
}

const numberOf = (value: unknown): number =>
  value instanceof Distribution ? value.count * 1_000_000 + value.sum : (value as number);

describe('F7 each increment arrives exactly once', () => {
  it.each([
    ['Counter', (registry: Registry) => new Counter('m', { registry })],
    ['FloatCounter', (registry: Registry) => new FloatCounter('m', { registry })],
    [
      'CumulativeDistribution',
      (registry: Registry) => new CumulativeDistribution('m', { registry }),
    ],
  ])('in a random life of a %s', (kind, declare) => {
    for (let seed = 0; seed < 100; seed++) {
      const random = new SeededRandom(seed);
      const { registry, store, clock } = setUp();
      const metric = declare(registry);
      const receiver = makeReceiver();
      let added = 0;
      let acceptedTotal = 0;
      const add = (): void => {
        const amount = random.below(4);
        metric.add(amount);
        added += kind === 'CumulativeDistribution' ? amount + 1_000_000 : amount;
      };
      const flush = (accepted: boolean): void => {
        for (const snapshot of store.snapshot([metric], own)) {
          const endTime = store.timestamp();
          const addedThen = added;
          for (let i = random.below(3); i > 0; i--) {
            add();
          }
          if (accepted) {
            receiver.receive(snapshot.resetTime, endTime, numberOf(snapshot.value));
            snapshot.accept();
            acceptedTotal = addedThen;
          }
        }
        expect(receiver.total()).toBe(acceptedTotal);
      };
      for (let step = 0; step < 60; step++) {
        clock.advance(random.below(2));
        random.oneOf([
          add,
          add,
          () => flush(true),
          () => flush(false),
          () => store.startStreams(),
        ])();
      }
      flush(true);
      expect(receiver.total()).toBe(acceptedTotal);
      expect(numberOf(metric.get() ?? 0)).toBe(added);
    }
  });
});
