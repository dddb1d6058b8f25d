import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { systemClock } from '../../../lib/clock/clock.js';
import { CloudMonitoringMonitor } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type { Monitor } from '../../../lib/monitors/monitor.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { OurMetrics, type Kind } from '../our-metrics.js';
import type { Flushed } from './flush-rounds.js';
import { OpenTelemetryFlush } from './otel-flush.js';

/** Makes cells that are sent to a server, each in the way of its name. */
export const EXPORTERS = {
  'Cloud Monitoring': (kind: Kind, cells: number, endpoint: string): Flushed => {
    const monitor: Monitor = new CloudMonitoringMonitor({
      projectId: 'my-shop',
      endpoint,
      auth: { getRequestHeaders: () => Promise.resolve({ authorization: 'Bearer token' }) },
      clock: { ...systemClock, now: () => metrics.now() },
    });
    const metrics = new OurMetrics(kind, cells, monitor);
    return metrics;
  },
  'our OTLP': (kind: Kind, cells: number, url: string): Flushed =>
    new OurMetrics(kind, cells, new OpenTelemetryMonitor({ exporter: otlp(url) })),
  'OpenTelemetry, OTLP': (kind: Kind, cells: number, url: string): Flushed =>
    new OpenTelemetryFlush(kind, cells, otlp(url)),
} as const;

export type ExporterName = keyof typeof EXPORTERS;

function otlp(url: string): OTLPMetricExporter {
  return new OTLPMetricExporter({ url: `${url}/v1/metrics` });
}
