import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { systemClock } from '../../../lib/clock/clock.js';
import { CloudMonitoringMonitor } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type { Monitor } from '../../../lib/monitors/monitor.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from '../../../lib/monitors/prodx/prodx-monitor.js';
import { OurMetrics, type Kind } from '../our-metrics.js';
import type { Backend } from './backend.js';
import type { Flushed } from './flush-rounds.js';
import { OpenTelemetryFlush } from './otel-flush.js';

/** Makes cells that are sent to a server, each in the way of its name. */
export const EXPORTERS = {
  'Cloud Monitoring': (kind: Kind, cells: number, { url: endpoint }: Backend): Flushed => {
    const monitor: Monitor = new CloudMonitoringMonitor({
      projectId: 'my-shop',
      endpoint,
      auth: { getRequestHeaders: () => Promise.resolve({ authorization: 'Bearer token' }) },
      clock: { ...systemClock, now: () => metrics.now() },
    });
    const metrics = new OurMetrics(kind, cells, monitor);
    return metrics;
  },
  'our OTLP': (kind: Kind, cells: number, { url }: Backend): Flushed =>
    new OurMetrics(kind, cells, new OpenTelemetryMonitor({ exporter: otlp(url) })),
  ProdX: (kind: Kind, cells: number, { grpcEndpoint }: Backend): Flushed =>
    new OurMetrics(kind, cells, new ProdXMonitor({ endpoint: grpcEndpoint, insecure: true })),
  'OpenTelemetry, OTLP': (kind: Kind, cells: number, { url }: Backend): Flushed =>
    new OpenTelemetryFlush(kind, cells, otlp(url)),
} as const;

export type ExporterName = keyof typeof EXPORTERS;

function otlp(url: string): OTLPMetricExporter {
  return new OTLPMetricExporter({ url: `${url}/v1/metrics` });
}
