import type { Attributes, Counter, Histogram } from '@opentelemetry/api';
import { MeterProvider, MetricReader, type CollectionResult } from '@opentelemetry/sdk-metrics';
import { BUCKET_BOUNDS } from './workload.js';

/** The SDK of OpenTelemetry, which is read when it is told to. */
export class OpenTelemetryMetrics {
  private readonly reader: ManualReader;
  private readonly meter;

  constructor(cellsPerMetric: number) {
    this.reader = new ManualReader({ cardinalitySelector: () => cellsPerMetric + 1 });
    this.meter = new MeterProvider({ readers: [this.reader] }).getMeter('bench');
  }

  counter(name: string): Counter<Attributes> {
    return this.meter.createCounter(name);
  }

  histogram(name: string): Histogram<Attributes> {
    const explicitBucketBoundaries = [...BUCKET_BOUNDS];
    return this.meter.createHistogram(name, { advice: { explicitBucketBoundaries } });
  }

  collect(): Promise<CollectionResult> {
    return this.reader.collect();
  }

  /** The sum of all counters, and the number of all samples. */
  async recorded(): Promise<number> {
    const values = await this.values();
    return values.reduce<number>((sum, value) => sum + countOf(value), 0);
  }

  private async values(): Promise<unknown[]> {
    const { resourceMetrics } = await this.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }): unknown => value)),
    );
  }
}

class ManualReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

function countOf(value: unknown): number {
  return typeof value === 'number' ? value : (value as { count: number }).count;
}
