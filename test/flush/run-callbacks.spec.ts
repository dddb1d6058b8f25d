import { describe, expect, it } from 'vitest';
import { runCallbacks } from '../../lib/flush/run-callbacks.js';
import { registerCallback } from '../../lib/metrics/callbacks.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { FloatGauge, IntGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Device } from '../../lib/targets/device.js';
import { Task } from '../../lib/targets/task.js';
import { withTarget } from '../../lib/targets/with-target.js';

const target = new Task({ serviceName: 's', jobName: 'j' });
const ignore = (): void => {};

function setUp() {
  const registry = new Registry();
  const depth = new IntGauge('depth', { registry, fields: { queue: 'string' } });
  const cells = (): unknown[] =>
    storeOf(registry)
      .snapshot(registry.instanceMetrics(), target)
      .map(({ fieldValues: [queue], value }) => [queue, value]);
  const run = (signal = new AbortController().signal): Promise<void> =>
    runCallbacks(registry, signal, ignore);
  return { registry, depth, cells, run };
}

describe('a run of a callback with gauges', () => {
  it('deletes the cells that the callback did not set, also those that were set elsewhere', async () => {
    const { depth, cells, run } = setUp();
    let queues = ['a', 'b'];
    registerCallback(() => queues.forEach(queue => depth.set(1, { queue })), { gauges: [depth] });
    await run();
    expect(cells()).toEqual([['a', 1], ['b', 1]]); // prettier-ignore
    queues = ['b'];
    depth.set(9, { queue: 'c' });
    await run();
    expect(cells()).toEqual([['b', 1]]);
    expect(depth.get({ queue: 'a' })).toBeUndefined();
  });

  it('keeps a cell that the callback sets to the same value, directly, bound, or under another target', async () => {
    const { depth, cells, run } = setUp();
    const bound = depth.cell({ queue: 'bound' });
    const device = new Device({ metro: 'm', role: 'r', hostname: 'h' });
    registerCallback(
      async () => {
        depth.set(1, { queue: 'direct' });
        await Promise.resolve();
        bound.set(2);
        withTarget(device, () => depth.set(3, { queue: 'elsewhere' }));
      },
      { gauges: [depth] },
    );
    for (let i = 0; i < 3; i++) {
      await run();
      expect(cells()).toEqual([['direct', 1], ['bound', 2], ['elsewhere', 3]]); // prettier-ignore
    }
  });

  it('deletes cells of every kind of gauge', async () => {
    const { registry, cells, run } = setUp();
    const fields = { queue: 'string' } as const;
    const load = new FloatGauge('load', { registry, fields });
    const version = new StringGauge('version', { registry, fields });
    const ages = new NonCumulativeDistribution('ages', { registry, fields });
    const distribution = new Distribution();
    let queue = 'a';
    registerCallback(
      () => {
        load.set(0.5, { queue });
        version.set('v', { queue });
        ages.set(distribution, { queue });
      },
      { gauges: [load, version, ages] },
    );
    await run();
    await run();
    expect(cells().map(cell => (cell as string[])[0])).toEqual(['a', 'a', 'a']);
    queue = 'b';
    await run();
    expect(cells().map(cell => (cell as string[])[0])).toEqual(['b', 'b', 'b']);
  });

  it('that fails or runs out of time deletes nothing', async () => {
    const { depth, cells, run } = setUp();
    let fail = async (): Promise<void> => {
      throw new Error('no database');
    };
    depth.set(1, { queue: 'a' });
    registerCallback(
      async () => {
        depth.set(2, { queue: 'b' });
        await fail();
      },
      { gauges: [depth] },
    );
    await run();
    expect(cells()).toEqual([['a', 1], ['b', 2]]); // prettier-ignore
    fail = () => new Promise(() => {});
    await run(AbortSignal.abort(new Error('too late')));
    expect(cells()).toEqual([['a', 1], ['b', 2]]); // prettier-ignore
    fail = async () => {};
    await run();
    expect(cells()).toEqual([['b', 2]]);
  });

  it('shares its gauge with other callbacks: one that fails keeps all cells', async () => {
    const { depth, cells, run } = setUp();
    let second = (): void => depth.set(2, { queue: 'b' });
    registerCallback(() => depth.set(1, { queue: 'a' }), { gauges: [depth] });
    registerCallback(() => second(), { gauges: [depth] });
    await run();
    await run();
    expect(cells()).toEqual([['a', 1], ['b', 2]]); // prettier-ignore
    second = () => {
      throw new Error('no database');
    };
    await run();
    expect(cells()).toEqual([['a', 1], ['b', 2]]); // prettier-ignore
    second = () => {};
    await run();
    expect(cells()).toEqual([['a', 1]]);
  });

  it('may overlap with another run', async () => {
    const { depth, cells, run } = setUp();
    let go = ignore;
    registerCallback(
      async () => {
        await new Promise<void>(resolve => (go = resolve));
        depth.set(1, { queue: 'a' });
      },
      { gauges: [depth] },
    );
    const first = run();
    const goFirst = go;
    const second = run();
    goFirst();
    await first;
    expect(cells()).toEqual([['a', 1]]);
    depth.set(5, { queue: 'late' });
    go();
    await second;
    expect(cells()).toEqual([['a', 1], ['late', 5]]); // prettier-ignore
  });

  it('leaves the gauges of callbacks that name none', async () => {
    const { registry, depth, cells, run } = setUp();
    depth.set(1, { queue: 'a' });
    registerCallback(() => depth.set(2, { queue: 'b' }), { registry });
    await run();
    expect(cells()).toEqual([['a', 1], ['b', 2]]); // prettier-ignore
  });
});
