import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CloudMonitoringMonitor } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type {
  CloudMonitoringAuth,
  CloudMonitoringMonitorOptions,
} from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-options.js';
import { at, cell, hits, orderCells } from './cells.js';
import { logged, monitorOf, send, startServer } from './monitors.js';
import { withAllPackages, withoutPackage } from '../../support/missing-package.js';
import { reasonToRetry } from '../reason-to-retry.js';

describe('the options of a CloudMonitoringMonitor', () => {
  it.each<[unknown, RegExp]>([
    [null, /^CloudMonitoringMonitor options must be an object, got null\.$/],
    [7, /must be an object, got 7/],
    [
      { project: 'x' },
      /Unknown option "project" in CloudMonitoringMonitor options; it has projectId, location/,
    ],
    [
      { projectId: 7 },
      /^Option CloudMonitoringMonitor\.projectId must be a string, an id or number .* got 7\.$/,
    ],
    [{ projectId: '' }, /projectId .* got ""/],
    [{ projectId: 'projects/my-shop' }, /projectId .* got "projects\/my-shop"/],
    [{ location: 'Europe West' }, /location must be a region .* got "Europe West"/],
    [{ metricTypePrefix: '/chrome/infra/' }, /metricTypePrefix .* got "\/chrome\/infra\/"/],
    [{ metricTypePrefix: 'custom.googleapis.com' }, /end in "\/", got "custom.googleapis.com"/],
    [{ metricTypePrefix: 'custom.googleapis.com//' }, /metricTypePrefix/],
    [{ metricTypePrefix: null }, /metricTypePrefix .* got null/],
    [{ endpoint: 'monitoring.googleapis.com' }, /endpoint must be a URL/],
    [{ endpoint: 'https://monitoring.googleapis.com/v3' }, /without a path/],
    [{ endpoint: 'ftp://monitoring.googleapis.com' }, /endpoint/],
    [{ endpoint: 'http://monitoring.googleapis.com' }, /https, since credentials are sent/],
    [{ endpoint: {} }, /endpoint must be a string, .* got an object of class Object/],
    [{ auth: {} }, /auth .* getRequestHeaders\(\)/],
    [{ auth: null }, /auth must be an object with getRequestHeaders/],
    [{ auth: 'ya29.token' }, /getRequestHeaders\(\), .* got a value that is not shown/],
    [{ credentials: { client_email: 'a' } }, /credentials .* client_email and private_key/],
    [{ credentials: null }, /credentials/],
    [
      { auth: new OAuth2Client(), credentials: { client_email: 'a', private_key: 'b' } },
      /Option CloudMonitoringMonitor\.auth must be left out beside credentials/,
    ],
  ])('are refused if they are %j, with a message that says what to do', (options, message) => {
    expect(() => new CloudMonitoringMonitor(options as CloudMonitoringMonitorOptions)).toThrow(
      message,
    );
  });

  it('are all optional, and secrets are never shown', () => {
    expect(new CloudMonitoringMonitor().chunkSize).toBe(200);
    const secret = { client_email: 7, private_key: 'the secret' };
    const make = (): unknown =>
      new CloudMonitoringMonitor({
        credentials: secret,
      } as unknown as CloudMonitoringMonitorOptions);
    expect(make).toThrow(expect.not.stringContaining('the secret') as string);
  });

  it('take a GoogleAuth, a client of google-auth-library, or an object of one own', () => {
    const all: CloudMonitoringAuth[] = [
      new GoogleAuth(),
      new OAuth2Client(),
      { getRequestHeaders: () => Promise.resolve({ authorization: 'Bearer x' }) },
    ];
    for (const auth of all) {
      expect(new CloudMonitoringMonitor({ auth }).chunkSize).toBe(200);
    }
  });
});

describe('authorization', () => {
  it('by a client of google-auth-library: its headers are sent', async () => {
    const server = await startServer();
    const auth = new OAuth2Client();
    auth.setCredentials({ access_token: 'given', expiry_date: Date.now() + 3600e3 });
    auth.quotaProjectId = 'payer';
    expect(await send(monitorOf(server, { auth }), [cell(hits, 1)], at(1))).toEqual({
      rejected: [],
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v3/projects/my-shop/timeSeries',
      headers: {
        authorization: 'Bearer given',
        'x-goog-user-project': 'payer',
        'content-type': 'application/json',
      },
    });
  });

  it('asks for the project once, where it is not given', async () => {
    const server = await startServer();
    const getProjectId = vi.fn<() => Promise<string>>().mockResolvedValue('my-shop');
    const auth = {
      getRequestHeaders: () => Promise.resolve({ authorization: 'Bearer x' }),
      getProjectId,
    };
    const monitor = monitorOf(server, { projectId: undefined, auth });
    await send(monitor, [cell(hits, 1)], at(1));
    await send(monitor, [cell(hits, 1)], at(10));
    expect(server.written).toHaveLength(2);
    expect(getProjectId).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['does not tell it', undefined],
    ['tells none', () => Promise.resolve('')],
    ['fails to tell it', () => Promise.reject(new Error('Unable to detect a Project Id.'))],
  ])('that %s fails with a message how to name the project', async (_, getProjectId) => {
    const server = await startServer();
    const { errors } = logged();
    const auth = {
      getRequestHeaders: () => Promise.resolve({}),
      ...(getProjectId && { getProjectId }),
    };
    const monitor = monitorOf(server, { projectId: undefined, auth });
    expect(await reasonToRetry(send(monitor, orderCells(450), at(1)))).toContain(
      'Set its option projectId, or the environment variable GOOGLE_CLOUD_PROJECT',
    );
    expect(await reasonToRetry(send(monitor, orderCells(450), at(10)))).toContain(
      'GOOGLE_CLOUD_PROJECT',
    );
    expect(errors).toHaveLength(1);
  });

  it('that fails is tried again at the next flush, and logged once', async () => {
    const server = await startServer();
    const { errors } = logged();
    let isDown = true;
    const getRequestHeaders = vi.fn<() => Promise<Headers>>(() =>
      isDown
        ? Promise.reject(new Error('x'.repeat(10_000)))
        : Promise.resolve(new Headers({ authorization: 'Bearer x' })),
    );
    const monitor = monitorOf(server, { auth: { getRequestHeaders } });
    for (const sec of [1, 10]) {
      expect(await reasonToRetry(send(monitor, orderCells(450), at(sec)))).toContain(
        'could not authorize a request. Check the service account',
      );
    }
    expect(getRequestHeaders).toHaveBeenCalledTimes(2);
    expect(errors).toHaveLength(1);
    expect(errors[0]!.length).toBeLessThan(600);
    isDown = false;
    expect(await send(monitor, orderCells(450), at(20))).toEqual({ rejected: [] });
  });
});

it('a CloudMonitoringMonitor that lacks google-auth-library says what to do', async () => {
  const { errors } = logged();
  withoutPackage('google-auth-library');
  try {
    const lib = await import('../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js');
    const monitor = new lib.CloudMonitoringMonitor({
      projectId: 'my-shop',
      endpoint: 'http://localhost:1',
    });
    expect(await reasonToRetry(send(monitor, [cell(hits, 1)], at(1)))).toBe(
      'CloudMonitoringMonitor needs credentials: npm install google-auth-library, or set its option auth.',
    );
    expect(errors).toHaveLength(1);
  } finally {
    withAllPackages();
  }
});

describe('application default credentials', () => {
  let metadata: Server;
  let tokens = 0;
  const scopes: (string | null)[] = [];

  beforeEach(async () => {
    tokens = 0;
    metadata = createServer((request, response) => {
      const url = new URL(request.url!, 'http://metadata');
      response.setHeader('metadata-flavor', 'Google');
      if (url.pathname.endsWith('/service-accounts/default/token')) {
        tokens += 1;
        scopes.push(url.searchParams.get('scopes'));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ access_token: 'of-the-metadata-server', expires_in: 3600 }));
      } else if (url.pathname.endsWith('/project/project-id')) {
        response.end('my-shop');
      } else if (url.pathname.endsWith('/universe/universe-domain')) {
        response.end('googleapis.com');
      } else {
        response.statusCode = url.pathname.endsWith('/instance') ? 200 : 404;
        response.end('{}');
      }
    });
    metadata.listen(0, '127.0.0.1');
    await once(metadata, 'listening');
    const host = `127.0.0.1:${(metadata.address() as AddressInfo).port}`;
    vi.stubEnv('GCE_METADATA_HOST', host);
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    vi.stubEnv('CLOUDSDK_CONFIG', '/nonexistent');
    vi.stubEnv('HOME', '/nonexistent');
    for (const name of [
      'GOOGLE_APPLICATION_CREDENTIALS',
      'GOOGLE_CLOUD_PROJECT',
      'GCLOUD_PROJECT',
    ]) {
      vi.stubEnv(name, undefined);
    }
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    metadata.closeAllConnections();
    metadata.close();
  });

  it('that are missing may be found at the next flush', async () => {
    const server = await startServer();
    const monitor = monitorOf(server, { auth: undefined });
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    expect(await reasonToRetry(send(monitor, [cell(hits, 1)], at(1)))).toContain(
      'Could not load the default credentials',
    );
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    expect(await send(monitor, [cell(hits, 1)], at(10))).toEqual({ rejected: [] });
  });

  it('come from the metadata server with the project, once for many requests', async () => {
    const server = await startServer();
    const monitor = monitorOf(server, { projectId: undefined, auth: undefined });
    expect(await send(monitor, orderCells(450), at(1))).toEqual({ rejected: [] });
    expect(await send(monitor, orderCells(450), at(10))).toEqual({ rejected: [] });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 6 }, () => 'Bearer of-the-metadata-server'),
    );
    expect(tokens).toBe(1);
    expect(scopes[0] ?? 'https://www.googleapis.com/auth/monitoring.write').toBe(
      'https://www.googleapis.com/auth/monitoring.write',
    );
  });
});

it('a key of a service account asks Google for a token, and is never shown', async () => {
  const server = await startServer();
  const proxy = createServer();
  const asked: string[] = [];
  proxy.on('connect', (request, socket) => {
    asked.push(request.url!);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const credentials = { client_email: 'me@my-shop.iam.gserviceaccount.com', private_key: key };
  try {
    const reason = await reasonToRetry(
      send(monitorOf(server, { credentials }), [cell(hits, 1)], at(1)),
    );
    expect(asked[0]).toMatch(/^(oauth2|www)\.googleapis\.com:443$/);
    expect(reason).toContain('could not authorize a request');
    expect(reason).not.toContain(key.slice(40, 80));
    expect(server.requests).toHaveLength(0);
  } finally {
    vi.unstubAllEnvs();
    proxy.closeAllConnections();
    proxy.close();
  }
}, 30_000);
