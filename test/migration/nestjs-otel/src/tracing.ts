import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';

export const exporter = new OTLPMetricExporter();
export const reader = new PeriodicExportingMetricReader({ exporter });

const otelSDK = new NodeSDK({
  metricReaders: [reader],
  instrumentations: [getNodeAutoInstrumentations()],
});

export default otelSDK;

process.on('SIGTERM', () => {
  void otelSDK.shutdown().finally(() => process.exit(0));
});
