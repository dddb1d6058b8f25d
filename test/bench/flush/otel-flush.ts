import type { Attributes, Counter, Histogram } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { OpenTelemetryMetrics } from '../otel-metrics.js';
import type { Kind } from '../our-metrics.js';
import { labelsOf, sampleOf } from '../workload.js';
import type { Flushed } from './flush-rounds.js';

/** The same cells in the SDK of OpenTelemetry, collected, and exported where there is an exporter. */
export class OpenTelemetryFlush implements Flushed {
  private readonly metrics: OpenTelemetryMetrics;
  private readonly instrument: Counter<Attributes> | Histogram<Attributes>;
  private samples = 0;

  constructor(
    kind: Kind,
    private readonly cells: number,
    private readonly exporter?: PushMetricExporter,
  ) {
    this.metrics = new OpenTelemetryMetrics(cells);
    this.instrument =
      kind === 'counters'
        ? this.metrics.counter('bench_requests')
        : this.metrics.histogram('bench_durations');
  }

  record(times: number): void {
    const { instrument } = this;
    for (const end = this.samples + times; this.samples < end; this.samples++) {
      for (let cell = 0; cell < this.cells; cell++) {
        if ('add' in instrument) {
          instrument.add(1, labelsOf(cell));
        } else {
          instrument.record(sampleOf(cell, this.samples), labelsOf(cell));
        }
      }
    }
  }

  async flush(): Promise<void> {
    const { resourceMetrics, errors } = await this.metrics.collect();
    const points = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints.length;
    if (points !== this.cells || errors.length > 0) {
      throw new Error(`OpenTelemetry collected ${points} points: ${errors.join(', ')}`);
    }
    await this.export(resourceMetrics);
  }

  recorded(): Promise<number> {
    return this.metrics.recorded();
  }

  private async export(resourceMetrics: ResourceMetrics): Promise<void> {
    const { exporter } = this;
    if (exporter) {
      const { code, error } = await new Promise<ExportResult>(resolve => {
        exporter.export(resourceMetrics, resolve);
      });
      if (code !== ExportResultCode.SUCCESS) {
        throw new Error('OpenTelemetry did not export.', { cause: error });
      }
    }
  }
}
