import { Logger } from '@nestjs/common';
import * as prometheus15 from 'prom-client';
import * as prometheus14 from 'prom-client-14';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { prometheusRegistry } from '../../lib/sources/prometheus-registry.js';
import { task } from '../flush/unknown-send-setup.js';
import { settle } from '../support/settle.js';
import { sent, setUp } from './flushed-source.js';

const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);

beforeEach(() => {
  error.mockClear();
});

/** Both have the same types here, as far as they are used. */
const VERSIONS = [
  ['14', prometheus14 as unknown as typeof prometheus15],
  ['15', prometheus15],
] as const;

describe.each(VERSIONS)('prometheusRegistry() of prom-client %s', (_, prometheus) => {
  const { Counter, Gauge, Histogram, Summary, Registry } = prometheus;
  const reading = (options = {}) => {
    const registry = new Registry();
    return { ...setUp([prometheusRegistry(registry, options)]), registry };
  };

  it('reads counters, gauges, histograms and summaries, with their labels', async () => {
    const { registry, flush } = reading();
    const registers = [registry];
    new Counter({ name: 'a_total', help: 'A.', labelNames: ['code'], registers }).inc({
      code: 200,
    });
    new Gauge({ name: 'b', help: 'B.', registers }).set(-1.5);
    const c = new Histogram({
      name: 'c',
      help: 'C.',
      labelNames: ['route'],
      buckets: [0.1, 1],
      registers,
    });
    c.observe({ route: '/a' }, 0.05);
    c.observe({ route: '/a' }, 1);
    c.observe({ route: '/b' }, 7);
    const d = new Summary({ name: 'd', help: 'D.', percentiles: [0.5], registers });
    d.observe(3);
    d.observe(3);
    const cells = await flush();
    expect(sent(cells)).toEqual([
      ['FloatCounter', 'a_total', { code: '200' }, 1],
      ['FloatGauge', 'b', {}, -1.5],
      ['CumulativeDistribution', 'c', { route: '/a' }, { counts: [1, 1], sum: 1.05 }],
      ['CumulativeDistribution', 'c', { route: '/b' }, { counts: [0, 0, 1], sum: 7 }],
      ['FloatGauge', 'd', { quantile: '0.5' }, 3],
      ['FloatCounter', 'd_sum', {}, 6],
      ['FloatCounter', 'd_count', {}, 2],
    ]);
    expect(cells[0]!.metric).toMatchObject({ description: 'A.', origin: { source: 'prometheus' } });
  });

  it('takes labels that some children lack, and default labels', async () => {
    const { registry, flush } = reading();
    registry.setDefaultLabels({ app: 'shop', b: 'default' });
    const a = new Counter({ name: 'a', help: 'A.', labelNames: ['b', 'c'], registers: [registry] });
    a.inc({ b: 'x' });
    a.inc({ c: 'y' }, 2);
    expect(sent(await flush())).toEqual([
      ['FloatCounter', 'a', { app: 'shop', b: 'x' }, 1],
      ['FloatCounter', 'a', { app: 'shop', b: 'default', c: 'y' }, 2],
    ]);
  });

  it('delivers each increment once when metrics appear, vanish, are reset and cleared', async () => {
    const { registry, flush, receiver, changeNumber } = reading();
    const registers = [registry];
    const a = new Counter({ name: 'a', help: 'A.', labelNames: ['x'], registers });
    const b = new Histogram({ name: 'b', help: 'B.', buckets: [1], registers });
    await flush();
    a.inc({ x: '1' }, 3);
    b.observe(2);
    await flush();
    a.remove({ x: '1' });
    b.observe(0);
    changeNumber();
    await flush();
    a.inc({ x: '1' }, 4);
    b.reset();
    await flush();
    b.observe(0);
    registry.resetMetrics();
    b.observe(0);
    await flush();
    registry.clear();
    expect(await flush()).toEqual([]);
    const again = new Counter({ name: 'a', help: 'A.', labelNames: ['x'], registers });
    again.inc({ x: '1' }, 5);
    await flush();
    expect([receiver.total('a 1'), receiver.total('b')]).toEqual([3 + 4 + 5, 2 + 1]);
  });

  it('F7 begins no stream anew because negative samples lower the sum of a summary', async () => {
    const { registry, flush, receiver } = reading();
    const summary = new Summary({
      name: 'd',
      help: 'D.',
      labelNames: ['x'],
      percentiles: [],
      registers: [registry],
    });
    for (const sample of [-4, 14, -3, 5, -20]) {
      summary.observe({ x: '1' }, sample);
      await flush();
    }
    expect([receiver.total('d_sum 1'), receiver.total('d_count 1')]).toEqual([12, 5]);
    summary.reset();
    summary.observe({ x: '1' }, 2);
    await flush();
    expect([receiver.total('d_sum 1'), receiver.total('d_count 1')]).toEqual([14, 6]);
  });

  it('reads the metrics of a merged registry', async () => {
    const [one, other] = [new Registry(), new Registry()];
    new Gauge({ name: 'a', help: 'A.', registers: [one] }).set(1);
    new Gauge({ name: 'b', help: 'B.', registers: [other] }).set(2);
    const { flush } = setUp([prometheusRegistry(Registry.merge([one, other]))]);
    expect(sent(await flush())).toEqual([
      ['FloatGauge', 'a', {}, 1],
      ['FloatGauge', 'b', {}, 2],
    ]);
  });

  it('includes, excludes and renames by the original name', async () => {
    const { registry, flush } = reading({
      include: [/^shop_/g, 'other'],
      exclude: ['shop_secret'],
      rename: (name: string) => name.replace(/^shop_/, ''),
    });
    for (const name of ['shop_a', 'shop_b', 'shop_secret', 'other', 'another']) {
      new Gauge({ name, help: 'H.', registers: [registry] }).set(1);
    }
    const names = (await flush()).map(({ metric }) => metric.name);
    expect(names).toEqual(['a', 'b', 'other']);
  });

  it('reads the default metrics, whose values can all be sent', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { registry, flush } = reading();
    prometheus.collectDefaultMetrics({ register: registry });
    await flush();
    const names = new Set((await flush()).map(({ metric }) => metric.name));
    expect([...names]).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_version_info']),
    );
    expect(names.size).toBeGreaterThan(20);
    expect(warn).not.toHaveBeenCalled();
  });

  it('awaits collect(), and lets one that throws or hangs stop no other', async () => {
    const { registry, clock, pipeline, receiver, store } = reading();
    const registers = [registry];
    let works = true;
    const gauge = (name: string, collect: (this: InstanceType<typeof Gauge>) => unknown) =>
      new Gauge({ name, help: 'H.', registers, collect: collect as () => void });
    gauge('hangs', function () {
      this.set(1);
      return works ? undefined : new Promise(() => undefined);
    });
    gauge('throws', function () {
      if (!works) {
        throw new Error('broken');
      }
      this.set(2);
    });
    let value = 3;
    gauge('waits', async function () {
      await Promise.resolve();
      this.set(value);
    });
    await pipeline.sendAll(5000);
    works = false;
    value = 4;
    for (let i = 0; i < 2; i++) {
      const flush = pipeline.sendAll(5000);
      await settle();
      clock.advance(1000);
      await flush;
    }
    expect(receiver.calls).toEqual(Array.from({ length: 3 }, () => ['hangs', 'throws', 'waits']));
    const cells = store.snapshot(store.sourceMetrics(), task);
    expect(cells.map(cell => cell.value)).toEqual([1, 2, 4]);
    expect(error.mock.calls.map(([line]) => line as string)).toEqual([
      'Metric "throws" of a prom-client registry could not be read. Its last values are sent until it can be read again.',
      'Metric "hangs" of a prom-client registry could not be read. Its last values are sent until it can be read again.',
    ]);
  });
});

describe('prometheusRegistry()', () => {
  it('gives counters of OpenMetrics the name that is scraped, before and after a scrape', async () => {
    const registry = new prometheus15.Registry<prometheus15.OpenMetricsContentType>();
    registry.setContentType(prometheus15.Registry.OPENMETRICS_CONTENT_TYPE);
    const registers = [registry];
    new prometheus15.Counter({ name: 'a_total', help: 'A.', registers }).inc(1);
    new prometheus15.Counter({ name: 'b', help: 'B.', registers }).inc(2);
    const { flush } = setUp([prometheusRegistry(registry)]);
    const names = async () => (await flush()).map(({ metric }) => metric.name);
    expect(await names()).toEqual(['a_total', 'b_total']);
    await registry.metrics();
    expect(await names()).toEqual(['a_total', 'b_total']);
  });

  it('refuses what is no registry, and wrong options', () => {
    const wrong = prometheusRegistry as (...args: unknown[]) => unknown;
    const registry = new prometheus15.Registry();
    expect(() => wrong({})).toThrow(TypeError);
    expect(() => wrong(registry, { include: [1] })).toThrow(
      'Option prometheusRegistry().include[0] must be the name of a metric, or a RegExp, got 1.',
    );
    expect(() => wrong(registry, { rename: 'a' })).toThrow(TypeError);
  });
});
