import type { Attributes, Counter, Histogram } from '@opentelemetry/api';
import { AggregationType, MeterProvider } from '@opentelemetry/sdk-metrics';
import type { MetricSource } from '../../../lib/sources/metric-source.js';
import { TsmonMetricReader } from '../../../lib/sources/opentelemetry/tsmon-metric-reader.js';
import { labelsOf, sampleOf } from '../workload.js';

/** 1,000 points of OpenTelemetry. */
export class OpenTelemetryPoints {
  readonly cells = 1000;
  recorded = 0;
  private readonly reader = new TsmonMetricReader();
  private readonly instrument: Counter<Attributes> | Histogram<Attributes>;
  private samples = 0;

  constructor(kind: 'counters' | 'histograms' | 'exponential histograms') {
    const type = AggregationType.EXPONENTIAL_HISTOGRAM;
    const views =
      kind === 'exponential histograms' ? [{ instrumentName: '*', aggregation: { type } }] : [];
    const meter = new MeterProvider({ readers: [this.reader], views }).getMeter('bench');
    this.instrument =
      kind === 'counters' ? meter.createCounter('bench') : meter.createHistogram('bench');
  }

  source(): MetricSource {
    return this.reader;
  }

  /** Adds once to every point. */
  record(): void {
    this.samples += 1;
    for (let cell = 0; cell < this.cells; cell++) {
      if ('add' in this.instrument) {
        this.instrument.add(1, labelsOf(cell));
      } else {
        this.instrument.record(sampleOf(cell, this.samples), labelsOf(cell));
      }
    }
    this.recorded += this.cells;
  }

  collect(): Promise<unknown> {
    return this.reader.collect();
  }
}
