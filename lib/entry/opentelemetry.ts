/**
 * Sends metrics through an exporter of OpenTelemetry. The option `monitor: { openTelemetry: { exporter } }` needs no import of this.
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
