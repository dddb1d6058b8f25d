import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeCloudMonitoring } from '../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { startHttpServer } from '../monitors/opentelemetry/otlp-server.js';
import { ProdXServer } from '../monitors/prodx/prodx-server.js';
import { FakeGoogle } from '../routes/fake-google.js';
import { MetadataServer } from '../support/metadata-server.js';

/** Where a traced application finds the servers that the library calls. */
export interface BackendUrls {
  readonly cloudMonitoring: string;
  readonly tokens: string;
  readonly otlp: string;
  readonly prodx: string;
  readonly certificates: string;
}

/** All servers that the library calls, but for Datastore. */
export interface Backends {
  readonly urls: BackendUrls;
  readonly metadataHost: string;
  readonly google: FakeGoogle;
  /** How often each of them was called. */
  calls(): Record<string, number>;
  stop(): Promise<void>;
}

export async function startBackends(): Promise<Backends> {
  const cloudMonitoring = await new FakeCloudMonitoring().start();
  const otlp = await startHttpServer();
  const prodx = await ProdXServer.start();
  const google = await FakeGoogle.start();
  const metadata = await MetadataServer.start({ 'instance/region': 'projects/1/regions/here-1' });
  let tokens = 0;
  const tokenServer = createServer((_, response) => {
    tokens += 1;
    response
      .setHeader('content-type', 'application/json')
      .end('{"access_token":"a","expires_in":3600,"token_type":"Bearer"}');
  }).listen(0, '127.0.0.1');
  await once(tokenServer, 'listening');
  return {
    urls: {
      cloudMonitoring: cloudMonitoring.endpoint,
      tokens: `http://127.0.0.1:${(tokenServer.address() as AddressInfo).port}/token`,
      otlp: otlp.url,
      prodx: prodx.endpoint,
      certificates: google.url,
    },
    metadataHost: metadata.host,
    google,
    calls: () => ({
      cloudMonitoring: cloudMonitoring.requests.length,
      tokens,
      otlp: otlp.requests.length,
      prodx: prodx.received.length,
      certificates: google.asked,
    }),
    stop: async () => {
      prodx.stop();
      tokenServer.closeAllConnections();
      tokenServer.close();
      await Promise.all([cloudMonitoring.stop(), otlp.stop(), google.stop(), metadata.stop()]);
    },
  };
}
