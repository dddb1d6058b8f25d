import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OAuth2Client } from 'google-auth-library';
import { describe, expect, it } from 'vitest';
import { Counter } from '../../../lib/metrics/counter.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { CloudMonitoringMonitor } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type { Monitor } from '../../../lib/monitors/monitor.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import type { CellSnapshot } from '../../../lib/store/snapshot.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';
import { Sender } from '../../../lib/flush/sender.js';
import { SendLedger } from '../../../lib/store/send-ledger.js';
import { ask, atEnd, endAfterEach, serve } from './backend.js';
import { counted, statuses, watch, type Watched } from './watched.js';

endAfterEach();

const signal = new AbortController().signal;
const task = new Task({
  serviceName: 'shop',
  jobName: 'web',
  dataCenter: 'europe-west1',
  hostName: 'v1',
  taskNum: 0,
});

/** Answers whatever Google's and OpenTelemetry's servers answer when all is well. */
async function serveGoogle() {
  const paths: (string | undefined)[] = [];
  const backend = await serve((incoming, response) => {
    paths.push(incoming.url);
    response.setHeader('content-type', 'application/json');
    incoming.resume().on('end', () => {
      response.end(
        incoming.url === '/token'
          ? '{"access_token":"a","expires_in":3600,"token_type":"x"}'
          : '{}',
      );
    });
  });
  return { ...backend, paths };
}

function orders(): { cells: CellSnapshot[]; endTime: number } {
  const registry = new Registry();
  new Counter('shop/orders', { registry }).add(1);
  const snapshots = storeOf(registry).snapshot(registry.instanceMetrics(), task);
  return {
    cells: snapshots,
    endTime: storeOf(registry).timestamp() + 1_000_000,
  };
}

function googleAuth(url: string): OAuth2Client {
  const auth = new OAuth2Client({
    clientId: 'c',
    clientSecret: 's',
    endpoints: { oauth2TokenUrl: `${url}/token` },
  });
  auth.setCredentials({ refresh_token: 'r' });
  return auth;
}

async function expectUncounted(watched: Watched, monitor: Monitor, url: string): Promise<void> {
  atEnd(() => monitor.close());
  const { cells, endTime } = orders();
  const sender = new Sender(monitor, { workers: 1 }, new SendLedger());
  const { accepted } = await sender.send(cells, { endTime, gate: () => undefined, signal });
  expect(accepted).toBe(cells.length);
  // A request of the application afterwards shows that the watch is on, and that nothing else comes late.
  await ask(url);
  expect(await counted(watched, 1)).toEqual([`200 ${url.slice(7)} http: 1`]);
}

describe('the requests that are not counted', () => {
  it('are those of Cloud Monitoring, for a token and for time series', async () => {
    const { url, paths } = await serveGoogle();
    const watched = watch();
    const auth = googleAuth(url);
    const monitor = new CloudMonitoringMonitor({ projectId: 'my-shop', endpoint: url, auth });
    await expectUncounted(watched, monitor, url);
    expect(paths).toEqual(['/token', '/v3/projects/my-shop/timeSeries', '/']);
  });

  it('are those of an exporter of OpenTelemetry over HTTP', async () => {
    const { url, paths } = await serveGoogle();
    const watched = watch();
    const exporter = new OTLPMetricExporter({ url: `${url}/v1/metrics` });
    await expectUncounted(watched, new OpenTelemetryMonitor({ exporter }), url);
    expect(paths).toEqual(['/v1/metrics', '/']);
  });

  it('are not those of the application to the same hosts, also for a token', async () => {
    const { url } = await serveGoogle();
    const watched = watch();
    await googleAuth(url).getRequestHeaders();
    expect(statuses(watched)).toHaveLength(1);
  });
});
