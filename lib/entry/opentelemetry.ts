/**
 * Sends metrics through an exporter of OpenTelemetry, and reads the metrics of its meters. The option
 * `monitor: { openTelemetry: { exporter } }` needs no import of this; the option `sources` takes a {@link TsmonMetricReader}.
 *
 * @module nestjs-tsmon/opentelemetry
 */
export type {
  OpenTelemetryAttributes,
  OpenTelemetryDataPoint,
  OpenTelemetryExponentialHistogram,
  OpenTelemetryExporter,
  OpenTelemetryExportResult,
  OpenTelemetryHistogram,
  OpenTelemetryMetric,
  OpenTelemetryMetricData,
  OpenTelemetryResource,
  OpenTelemetryResourceMetrics,
  OpenTelemetryScopeMetrics,
} from '../monitors/opentelemetry/opentelemetry-exporter.js';
export { OpenTelemetryMonitor } from '../monitors/opentelemetry/opentelemetry-monitor.js';
export type { OpenTelemetryMonitorOptions } from '../monitors/opentelemetry/opentelemetry-options.js';
export {
  TsmonMetricReader,
  type OpenTelemetryCollection,
  type OpenTelemetryProducer,
  type OpenTelemetryTimeout,
} from '../sources/opentelemetry/tsmon-metric-reader.js';
