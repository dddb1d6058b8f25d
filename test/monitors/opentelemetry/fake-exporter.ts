import type {
  OpenTelemetryExporter,
  OpenTelemetryExportResult,
  OpenTelemetryMetricData,
  OpenTelemetryResourceMetrics,
} from '../../../lib/monitors/opentelemetry/opentelemetry-exporter.js';

/** Keeps what it is handed, and answers as it is told: at once with success, unless `answer` does so. */
export class FakeExporter implements OpenTelemetryExporter {
  readonly exported: OpenTelemetryResourceMetrics[] = [];
  readonly calls: string[] = [];
  underWay = 0;
  mostUnderWay = 0;
  answer: (
    metrics: OpenTelemetryResourceMetrics,
    done: (result: OpenTelemetryExportResult) => void,
  ) => void = (_, done) => done({ code: 0 });

  export(
    metrics: OpenTelemetryResourceMetrics,
    done: (result: OpenTelemetryExportResult) => void,
  ): void {
    this.exported.push(metrics);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    this.answer(metrics, result => {
      this.underWay -= 1;
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    this.calls.push('forceFlush');
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    this.calls.push('shutdown');
    return Promise.resolve();
  }

  /** The metrics of all exports. */
  get metrics(): OpenTelemetryMetricData[] {
    return this.exported.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics),
    );
  }
}
