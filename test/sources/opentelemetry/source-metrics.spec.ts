import { ValueType } from '@opentelemetry/api';
import type { MeterProvider, ViewOptions } from '@opentelemetry/sdk-metrics';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SourceMetric } from '../../../lib/sources/metric-source.js';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import { comparableSource, cumulativeExporter, exportedBy } from './exported.js';
import { SDKS } from './sdk-versions.js';

const NEVER = new AbortController().signal;

describe.each(SDKS)('metrics of OpenTelemetry SDK %s', (_, sdk) => {
  /** A provider with a reader of ours and one of OpenTelemetry. */
  function createProvider(views: ViewOptions[] = []) {
    const exporter = cumulativeExporter();
    const own = new sdk.PeriodicExportingMetricReader({ exporter });
    const reader = new TsmonMetricReader();
    const provider = new sdk.MeterProvider({ readers: [own, reader], views });
    onTestFinished(() => provider.shutdown());
    const read = (): Promise<SourceMetric[]> => reader.read(NEVER);
    const exported = async () => {
      await own.forceFlush();
      return exportedBy(exporter);
    };
    return { provider, read, exported };
  }

  it('are what the own exporter sends, for each kind of instrument and over several reads', async () => {
    const { provider, read, exported } = createProvider();
    const record = instrumentsOf(provider);
    for (let round = 1; round <= 3; round++) {
      record(round);
      const metrics = comparableSource(await read());
      expect(metrics).toEqual(await exported());
      expect(metrics.map(({ kind }) => kind)).toEqual([
        'counter',
        'counter',
        'gauge',
        'gauge',
        'histogram',
        'counter',
        'up-down',
        'up-down',
      ]);
    }
  });

  it('keep scope, unit, description, and attributes that differ from point to point', async () => {
    const { provider, read } = createProvider();
    const counter = provider.getMeter('shop', '1.2').createCounter('shop.orders', {
      unit: '{order}',
      description: 'Orders placed.',
      valueType: ValueType.INT,
    });
    counter.add(1);
    counter.add(2, { 'order.kind': 'gift', retries: 3, ratio: 0.5, late: true });
    counter.add(3, { tags: ['a', 'b'] });
    expect(await read()).toEqual([
      {
        name: 'shop.orders',
        description: 'Orders placed.',
        unit: '{order}',
        kind: 'counter',
        isInteger: true,
        keepsAttributes: true,
        scope: expect.objectContaining({ name: 'shop', version: '1.2' }),
        points: [
          { attributes: {}, value: 1 },
          {
            attributes: { 'order.kind': 'gift', retries: 3, ratio: 0.5, late: true },
            value: 2,
          },
          { attributes: { tags: ['a', 'b'] }, value: 3 },
        ],
      },
    ]);
  });

  it('are as views say', async () => {
    const { provider, read, exported } = createProvider([
      {
        instrumentName: 'latency',
        name: 'renamed.latency',
        attributesProcessors: [sdk.createAllowListAttributesProcessor(['route'])],
        aggregation: {
          type: sdk.AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: [1, 2] },
        },
      },
      { instrumentName: 'noise', aggregation: { type: sdk.AggregationType.DROP } },
    ]);
    const meter = provider.getMeter('shop');
    const latency = meter.createHistogram('latency');
    latency.record(1, { route: '/a', user: 'x' });
    latency.record(5, { route: '/a', user: 'y' });
    meter.createCounter('noise').add(1);
    const metrics = await read();
    expect(metrics).toMatchObject([
      {
        name: 'renamed.latency',
        points: [
          {
            attributes: { route: '/a' },
            value: { bounds: [1, 2], bucketCounts: [1, 0, 1], count: 2, sum: 6 },
          },
        ],
      },
    ]);
    expect(comparableSource(metrics)).toEqual(await exported());
  });

  it('have no points for NaN and infinities, which callbacks observe', async () => {
    const { provider, read } = createProvider();
    const gauge = provider.getMeter('shop').createObservableGauge('delay');
    gauge.addCallback(result => {
      result.observe(NaN, { quantile: 'p50' });
      result.observe(Infinity, { quantile: 'max' });
      result.observe(2, { quantile: 'p99' });
    });
    const [delay] = await read();
    expect(delay?.points).toEqual([{ attributes: { quantile: 'p99' }, value: 2 }]);
  });

  it('have the sum 0 where a view makes a histogram of a gauge, which has no sum', async () => {
    const boundaries = [0];
    const { provider, read } = createProvider([
      {
        instrumentName: 'level',
        aggregation: {
          type: sdk.AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries },
        },
      },
    ]);
    const level = provider.getMeter('shop').createGauge('level');
    level.record(-3);
    level.record(4);
    const [metric] = await read();
    expect(metric?.points).toEqual([
      { attributes: {}, value: { bounds: [0], bucketCounts: [1, 1], count: 2, sum: 0 } },
    ]);
  });
});

/** Makes one instrument of each kind. Returns a function that records on all of them. */
function instrumentsOf(provider: MeterProvider): (round: number) => void {
  const meter = provider.getMeter('shop', '1.0');
  const other = provider.getMeter('other');
  let observed = 0;
  const counter = meter.createCounter('a.counter', { valueType: ValueType.INT });
  const gauge = meter.createGauge('c.gauge', { unit: 'By' });
  const histogram = meter.createHistogram('d.histogram', { unit: 's', description: 'Seconds.' });
  const upDown = meter.createUpDownCounter('e.up_down');
  const sameName = other.createCounter('a.counter', { unit: '1' });
  meter.createObservableCounter('d.observable').addCallback(result => {
    result.observe(observed, { zone: 'a' });
    result.observe(2 * observed, { zone: 'b', extra: true });
  });
  meter.createObservableGauge('b.observable').addCallback(result => result.observe(-observed));
  meter
    .createObservableUpDownCounter('f.observable')
    .addCallback(async result => result.observe(10 - observed));
  return round => {
    observed += round;
    counter.add(round, { status: 'ok' });
    counter.add(1, { status: 'ok', retries: round });
    gauge.record(round / 2);
    histogram.record(0.3 * round, { route: '/' });
    histogram.record(1e6, { route: '/' });
    upDown.add(round === 2 ? -5 : 1);
    sameName.add(0.5);
  };
}
