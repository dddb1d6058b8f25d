import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeCloudMonitoring } from '../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import { closedPort } from '../http/client/backend.js';
import { startHttpServer, type OtlpServer } from '../monitors/opentelemetry/otlp-server.js';
import { startEmulator, type Emulator } from './emulators.js';
import { MetadataServer } from './metadata-server.js';
import { linkPackages } from './migrated-apps.js';
import { TestProcess } from './processes.js';

const PROJECT = 'my-shop';

/** Sends the requests to Cloud Monitoring, whose address is fixed, to the server of the test. */
const OTHER_ADDRESS = `import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
const { hostname, port } = new URL(process.env.FAKE_CLOUD_MONITORING);
const { request } = https;
https.request = (options, ...rest) => options.hostname === 'monitoring.googleapis.com'
  ? http.request({ ...options, protocol: 'http:', hostname, port, agent: undefined }, ...rest)
      .on('socket', socket => socket.once('connect', () => socket.emit('secureConnect')))
  : request(options, ...rest);
syncBuiltinESMExports();
`;

/** What an instance on Cloud Run talks to, with a collector of OTLP beside it. */
export class FakeCloudRun {
  private constructor(
    /** For applications. */
    readonly folder: string,
    readonly monitoring: FakeCloudMonitoring,
    readonly collector: OtlpServer,
    private readonly metadata: MetadataServer,
    private readonly datastore: Emulator,
  ) {}

  static async start(): Promise<FakeCloudRun> {
    const folder = mkdtempSync(join(tmpdir(), 'nestjs-tsmon-cloud-run-'));
    linkPackages(folder);
    writeFileSync(join(folder, 'other-address.mjs'), OTHER_ADDRESS);
    const token = { access_token: 'token', expires_in: 3600, token_type: 'Bearer' };
    return new FakeCloudRun(
      folder,
      await new FakeCloudMonitoring().start(),
      await startHttpServer(),
      await MetadataServer.start({
        'project/project-id': PROJECT,
        'instance/id': '00bf4bf02d51b5a8e7c9',
        'instance/region': 'projects/1/regions/europe-west1',
        'instance/service-accounts/default/token': JSON.stringify(token),
      }),
      await startEmulator('firestore'),
    );
  }

  /** Starts an instance of a service on a free port, and returns its address when it listens. */
  async run(appFolder: string, service: string, env: Record<string, string> = {}) {
    const args = ['--import', join(this.folder, 'other-address.mjs'), 'dist/main.js'];
    const port = String(await closedPort());
    const child = new TestProcess(
      process.execPath,
      args,
      {
        NODE_ENV: 'production',
        PORT: port,
        K_SERVICE: service,
        K_CONFIGURATION: service,
        K_REVISION: `${service}-00001-abc`,
        GCE_METADATA_HOST: this.metadata.host,
        DATASTORE_EMULATOR_HOST: this.datastore.host,
        FAKE_CLOUD_MONITORING: this.monitoring.endpoint,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: this.collector.url,
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_SERVICE_NAME: service,
        ...env,
      },
      appFolder,
    );
    await child.prints(/Nest application successfully started/);
    return { child, url: `http://127.0.0.1:${port}` };
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.monitoring.stop(),
      this.collector.stop(),
      this.metadata.stop(),
      this.datastore.stop(),
    ]);
    rmSync(this.folder, { recursive: true });
  }
}
