import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { ProdXMonitor } from '../../../lib/monitors/prodx/prodx-monitor.js';
import type { ProdXCredentials } from '../../../lib/monitors/prodx/prodx-credentials.js';
import { cell, endTime, queue } from '../debug/cells.js';
import type { ProdXServer as ProdXServerType } from './prodx-server.js';
import { selfMadeCertificate } from './self-made-certificate.js';
import { withAllPackages, withoutPackage } from '../../support/missing-package.js';
import { reasonToRetry } from '../reason-to-retry.js';

const folder = mkdtempSync(join(tmpdir(), 'prodx-tls-'));
const trusted = selfMadeCertificate('localhost');
const rootsFile = join(folder, 'roots.pem');
writeFileSync(rootsFile, trusted.certificate);
// gRPC looks at it when it is loaded: hence the import() of what loads it.
vi.stubEnv('GRPC_DEFAULT_SSL_ROOTS_FILE_PATH', rootsFile);
const { ServerCredentials } = await import('@grpc/grpc-js');
const { ProdXServer } = await import('./prodx-server.js');

const alive = new AbortController().signal;
const ends: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map(end => end()));
  withAllPackages();
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function startServer({ certificate, privateKey } = trusted): Promise<ProdXServerType> {
  const keys = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(privateKey) };
  const server = await ProdXServer.start(ServerCredentials.createSsl(null, [keys]));
  ends.push(() => server.stop());
  return server;
}

function monitorOf(endpoint: string, credentials?: ProdXCredentials): ProdXMonitor {
  const monitor = new ProdXMonitor({ endpoint, credentials });
  ends.push(() => monitor.close());
  return monitor;
}

const cells = [cell(queue, 5)];

describe('by default a ProdXMonitor uses TLS, and', () => {
  it.each<[string, Awaited<ReturnType<ProdXCredentials['getRequestHeaders']>>]>([
    ['an object', { authorization: 'Bearer me', 'x-goog-user-project': 'mine' }],
    ['Headers', new Headers({ authorization: 'Bearer me', 'x-goog-user-project': 'mine' })],
  ])('sends the headers of the credentials: %s', async (_, headers) => {
    const server = await startServer();
    const getRequestHeaders = vi.fn<ProdXCredentials['getRequestHeaders']>(async () => headers);
    const monitor = monitorOf(server.endpoint, { getRequestHeaders });
    await monitor.send(cells, endTime, alive);
    await monitor.send(cells, endTime, alive);
    for (const { metadata } of server.received) {
      expect(metadata.get('authorization')).toEqual(['Bearer me']);
      expect(metadata.get('x-goog-user-project')).toEqual(['mine']);
    }
    // Tokens expire: each call asks anew, and the credentials know how long theirs are good.
    expect(getRequestHeaders.mock.calls).toEqual(
      [1, 2].map(() => [
        `https://${server.endpoint}/google.internal.prodx.mon.v1.MonitoringService`,
      ]),
    );
  });

  it('fails without headers, and asks for them again at the next send', async () => {
    const server = await startServer();
    const getRequestHeaders = vi.fn<ProdXCredentials['getRequestHeaders']>(async () => ({
      authorization: 'Bearer me',
    }));
    getRequestHeaders.mockRejectedValueOnce(new Error('no metadata server'));
    const monitor = monitorOf(server.endpoint, { getRequestHeaders });
    expect(await reasonToRetry(monitor.send(cells, endTime, alive))).toContain(
      `ProdX at ${server.endpoint} failed: no metadata server`,
    );
    expect(server.received).toEqual([]);
    await monitor.send(cells, endTime, alive);
    expect(server.received).toHaveLength(1);
  });

  it('does not wait for hung credentials once the signal is aborted', async () => {
    const server = await startServer();
    const monitor = monitorOf(server.endpoint, {
      getRequestHeaders: () => new Promise(() => undefined),
    });
    const controller = new AbortController();
    const failure = monitor.send(cells, endTime, controller.signal);
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(failure).rejects.toThrow('enough');
  });

  it('sends nothing to a server with a certificate of an unknown authority', async () => {
    const server = await startServer(selfMadeCertificate('localhost'));
    const monitor = monitorOf(server.endpoint, { getRequestHeaders: async () => ({}) });
    expect(await reasonToRetry(monitor.send(cells, endTime, alive))).toMatch(
      new RegExp(`ProdX at ${server.endpoint} failed: 14 UNAVAILABLE.*certificate`),
    );
    expect(server.received).toEqual([]);
  });

  it('sends nothing to a server without TLS', async () => {
    const server = await ProdXServer.start();
    ends.push(() => server.stop());
    const monitor = monitorOf(server.endpoint, { getRequestHeaders: async () => ({}) });
    expect(await reasonToRetry(monitor.send(cells, endTime, alive))).toContain(server.endpoint);
    expect(server.received).toEqual([]);
  });
});

describe('without credentials it uses the application default credentials', () => {
  afterEach(() => {
    vi.doUnmock('google-auth-library');
  });

  it('with the scope of ProdX', async () => {
    const made: unknown[] = [];
    vi.doMock('google-auth-library', () => ({
      GoogleAuth: class {
        constructor(options: unknown) {
          made.push(options);
        }
        async getRequestHeaders(): Promise<Headers> {
          return new Headers({ authorization: 'Bearer default' });
        }
      },
    }));
    const server = await startServer();
    const monitor = monitorOf(server.endpoint);
    await monitor.send(cells, endTime, alive);
    await monitor.send(cells, endTime, alive);
    expect(made).toMatchObject([{ scopes: 'https://www.googleapis.com/auth/prodxmon' }]);
    expect(server.received[1]!.metadata.get('authorization')).toEqual(['Bearer default']);
  });

  it('and says what to install where that package is missing', async () => {
    withoutPackage('google-auth-library');
    const lib = await import('../../../lib/monitors/prodx/prodx-monitor.js');
    const monitor = new lib.ProdXMonitor({ endpoint: 'localhost:1' });
    ends.push(() => monitor.close());
    expect(await reasonToRetry(monitor.send(cells, endTime, alive))).toContain(
      'ProdX at localhost:1 failed: ProdXMonitor needs credentials: npm install google-auth-library, or set its option credentials.',
    );
  });
});

it('a client of google-auth-library fits as it is', async () => {
  const server = await startServer();
  const { OAuth2Client } = await import('google-auth-library');
  const client = new OAuth2Client();
  client.setCredentials({ access_token: 'real', expiry_date: Date.now() + 3_600_000 });
  await monitorOf(server.endpoint, client).send(cells, endTime, alive);
  expect(server.received[0]!.metadata.get('authorization')).toEqual(['Bearer real']);
});

it.each(['@grpc/grpc-js', '@grpc/proto-loader'])('says what to install without %s', async name => {
  withoutPackage(name);
  const lib = await import('../../../lib/monitors/prodx/prodx-monitor.js');
  const monitor = new lib.ProdXMonitor({ endpoint: 'localhost:1', insecure: true });
  expect(await reasonToRetry(monitor.send(cells, endTime, alive))).toContain(
    'ProdX at localhost:1 failed: ProdXMonitor needs gRPC: npm install @grpc/grpc-js @grpc/proto-loader.',
  );
});
