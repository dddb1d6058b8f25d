import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Module, type INestApplication, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { InMemoryTaskNumAllocator, Registry, TsmonModule } from '../../../lib/entry/index.js';
import { HttpMetrics } from '../../../lib/http/server/http-metrics.js';
import { FakeMonitor } from '../../../lib/testing/fake-monitor.js';
import { selfMadeCertificate } from '../../monitors/prodx/self-made-certificate.js';
import { CatsController, slowEntered } from './cats.js';
import { bytes, recordedRequests, until } from './harness.js';

const HOST = 'localhost';
const { certificate, privateKey } = selfMadeCertificate(HOST);
const TLS = { key: privateKey, cert: certificate };

const apps: INestApplication[] = [];
const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  sessions.splice(0).forEach(session => session.destroy());
  await Promise.all(apps.splice(0).map(app => app.close()));
});

interface Started {
  readonly app: INestApplication;
  readonly port: number;
  readonly registry: Registry;
  readonly monitor: FakeMonitor;
}

@Module({})
class Root {}

async function start(
  adapter: ExpressAdapter | FastifyAdapter,
  options: NestApplicationOptions = {},
): Promise<Started> {
  const registry = new Registry();
  const monitor = new FakeMonitor();
  const module = TsmonModule.forRoot({
    registry,
    monitor,
    allocator: new InMemoryTaskNumAllocator(),
    flush: { mode: 'request' },
    housekeeping: { cron: false, auth: 'closed' },
    runtimeStats: false,
  });
  const app = await NestFactory.create<INestApplication>(
    { module: Root, imports: [module], controllers: [CatsController] },
    adapter as ExpressAdapter,
    { ...options, logger: false, abortOnError: false },
  );
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, registry, monitor };
}

function connectTo(url: string): ClientHttp2Session {
  const session = connect(url, { ca: certificate, servername: HOST });
  session.on('error', () => {});
  sessions.push(session);
  return session;
}

function send(session: ClientHttp2Session, path: string, body?: string): ClientHttp2Stream {
  const stream = session.request({
    ':path': path,
    ':method': body === undefined ? 'GET' : 'POST',
    'content-type': 'application/json',
  });
  stream.on('error', () => {});
  return stream.end(body);
}

async function ask(
  session: ClientHttp2Session,
  path: string,
  body?: string,
): Promise<{ status: number | undefined; body: Buffer }> {
  const stream = send(session, path, body);
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  return { status: Number(headers[':status']), body: Buffer.concat(chunks) };
}

describe.each([
  ['without TLS', undefined],
  ['with TLS', TLS],
] as const)('HTTP/2 on Fastify %s', (_name, https) => {
  const startHttp2 = async () => {
    const adapter = new FastifyAdapter({ http2: true, ...(https && { https }) } as object);
    const started = await start(adapter);
    const scheme = https ? 'https' : 'http';
    return { ...started, session: connectTo(`${scheme}://127.0.0.1:${started.port}`) };
  };

  it('records status, route and bytes of each request on a connection', async () => {
    const started = await startHttp2();
    const { session } = started;
    await Promise.all([
      ask(session, '/cats/7/toys/ball'),
      ask(session, '/cats/8/toys/ball'),
      ask(session, '/cats', '{"name":"Tom"}'),
      ask(session, '/cats', '{"name":'),
      ask(session, '/cats/file'),
      ask(session, '/cats/forbidden'),
      ask(session, '/cats/nothing'),
      ask(session, '/cats/crash'),
      ask(session, '/nowhere'),
    ]);
    expect(await recordedRequests(started, 9)).toEqual([
      '200 /cats/:id/toys/:toy x2',
      '200 /cats/file',
      '201 /cats',
      '204 /cats/nothing',
      '400 /cats',
      '403 /cats/forbidden',
      '404 ',
      '500 /cats/crash',
    ]);
    const served = { metrics: new HttpMetrics(started.registry) };
    expect(bytes(served, 201, '/cats')).toEqual({ in: 14, out: '{"type":"object"}'.length });
    expect(bytes(served, 200, '/cats/file')).toEqual({ in: 0, out: 100_000 });
  });

  it('F2 keeps the end of the elected response, and of no other, until the flush has ended', async () => {
    const { session, monitor } = await startHttp2();
    let accept = (): void => {};
    monitor.answer = () => new Promise(resolve => (accept = () => resolve({ rejected: [] })));
    let ended = false;
    const elected = ask(session, '/cats').then(answer => {
      ended = true;
      return answer;
    });
    await until(() => monitor.calls.length === 1, 'the flush');
    expect((await ask(session, '/cats/json')).status).toBe(200);
    expect(ended).toBe(false);
    monitor.answer = () => ({ rejected: [] });
    accept();
    expect((await elected).body.toString()).toBe('héllo');
  });

  it('records 499 where a request is cancelled', async () => {
    const started = await startHttp2();
    const entered = slowEntered();
    const stream = send(started.session, '/cats/slow');
    await entered;
    stream.close(constants.NGHTTP2_CANCEL);
    expect(await recordedRequests(started, 1)).toEqual(['499 /cats/slow']);
    CatsController.release();
  });

  it('F6 ends with the last request, though clients keep connections open', async () => {
    const { app, session, port, monitor } = await startHttp2();
    const idle = connectTo(`${https ? 'https' : 'http'}://127.0.0.1:${port}`);
    await Promise.all([ask(idle, '/cats'), ask(session, '/cats')]);
    const entered = slowEntered();
    const slow = ask(session, '/cats/slow');
    await entered;
    let closed = false;
    const closing = app.close().then(() => {
      closed = true;
    });
    await until(() => idle.closed, 'the end of the idle connection');
    expect(closed).toBe(false);
    CatsController.release();
    expect((await slow).body.toString()).toBe('done');
    await closing;
    const routes = monitor.calls.at(-1)!.cells.map(({ fieldValues }) => fieldValues[1]);
    expect(routes).toContain('/cats/slow');
  });
});

describe.each<[string, () => Promise<Started>]>([
  ['Express', () => start(new ExpressAdapter(), { httpsOptions: TLS })],
  ['Fastify', () => start(new FastifyAdapter({ https: TLS } as object))],
  [
    'Fastify with HTTP/2 beside it',
    () => {
      const https = { ...TLS, allowHTTP1: true };
      return start(new FastifyAdapter({ http2: true, https } as object));
    },
  ],
])('HTTPS on %s', (_name, startHttps) => {
  it('F6 records, elects and ends as over HTTP', async () => {
    const { app, port, registry, monitor } = await startHttps();
    const agent = new Agent({ keepAlive: true, servername: HOST, ca: certificate });
    const get = async (path: string): Promise<number | undefined> => {
      const sent = request({ port, path, host: '127.0.0.1', agent }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      await once(response.resume(), 'end');
      return response.statusCode;
    };
    expect([await get('/cats/7/toys/ball'), await get('/cats/forbidden')]).toEqual([200, 403]);
    expect(await recordedRequests({ registry }, 2)).toEqual([
      '200 /cats/:id/toys/:toy',
      '403 /cats/forbidden',
    ]);
    expect(monitor.calls).toHaveLength(1);
    await app.close();
    expect(monitor.closed).toBe(true);
    agent.destroy();
  });
});
