import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OAuth2Client } from 'google-auth-library';
import { CloudMonitoringMonitor } from '../../lib/entry/cloud-monitoring.js';
import type { Clock, Monitor } from '../../lib/entry/index.js';
import { OpenTelemetryMonitor } from '../../lib/entry/opentelemetry.js';
import { ProdXMonitor } from '../../lib/entry/prodx.js';
import type { BackendUrls } from './backends.js';

/** Every monitor that calls a backend, with tokens that are fetched, too. */
export function monitorsOfApp(urls: BackendUrls, clock?: Clock): Monitor[] {
  const auth = new OAuth2Client({
    clientId: 'c',
    clientSecret: 's',
    endpoints: { oauth2TokenUrl: urls.tokens },
  });
  auth.setCredentials({ refresh_token: 'r' });
  return [
    new CloudMonitoringMonitor({
      projectId: 'my-shop',
      endpoint: urls.cloudMonitoring,
      auth,
      clock,
    }),
    new OpenTelemetryMonitor({ exporter: new OTLPMetricExporter({ url: urls.otlp }) }),
    new ProdXMonitor({ endpoint: urls.prodx, insecure: true }),
  ];
}
