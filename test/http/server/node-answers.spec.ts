import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NodeAnswers } from '../../../lib/http/server/node-answers.js';
import { cells } from './cells.js';
import {
  ask,
  closeAfterEach,
  dial,
  PLATFORMS,
  recorded,
  recordedRequests,
  serve,
  until,
  type Served,
} from './harness.js';
import { answerTo, entered, OrdersController, QUICK, quickAdapter } from './quick-servers.js';

const GARBAGE = 'nonsense\r\n\r\n';
const LARGE_HEAD = `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`;
const LATE_HEAD = 'GET / HTTP/1.1\r\nHost: x\r\n';
const NO_HOST = 'GET /orders/1 HTTP/1.1\r\n\r\n';
const EXPECTATION = 'GET /orders/1 HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n';
const NEWER_VERSION = 'GET /orders/1 HTTP/3.0\r\nHost: x\r\n\r\n';

it('a server that is watched while it begins to listen is watched once', async () => {
  const statuses: number[] = [];
  const server = createServer(() => {}).listen(0);
  new NodeAnswers(status => statuses.push(status)).watch(server);
  await once(server, 'listening');
  expect(await answerTo((server.address() as AddressInfo).port, NO_HOST)).toContain(' 400 ');
  server.close();
  await once(server, 'close');
  expect(statuses).toEqual([400]);
});

describe.each(PLATFORMS)('what Node answers by itself on %s', platform => {
  closeAfterEach();

  const start = (options: Partial<Parameters<typeof serve>[1]> = {}): Promise<Served> =>
    serve(platform, {
      controllers: [OrdersController],
      adapter: quickAdapter(platform),
      ...options,
    });

  it.each([
    ['a malformed head', GARBAGE, '400'],
    ['a head that is too large', LARGE_HEAD, '431'],
    ['a head that comes too late', LATE_HEAD, '408'],
    ['a head without a host', NO_HOST, '400'],
    ['an expectation that Node does not know', EXPECTATION, '417'],
    ['a version of HTTP that Node does not know', NEWER_VERSION, '400'],
  ])('%s is answered, and recorded as its status alone', async (_what, text, status) => {
    const served = await start();
    expect(await answerTo(served.port, text)).toContain(` ${status} `);
    await recordedRequests(served, 1);
    expect(cells(served.registry)).toEqual([`http/server_response_status ${status},,false: 1`]);
  });

  it('a head that fails on a connection which served requests is recorded once', async () => {
    const served = await start();
    const { socket, received } = await dial(served.port);
    socket.write('GET /orders/1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => received().includes('order'));
    socket.write(GARBAGE);
    await until(() => received().includes(' 400 '));
    expect(await recordedRequests(served, 2)).toEqual(['200 /orders/:id', '400 ']);
  });

  it('a request past the greatest number on a connection is recorded as 503', async () => {
    const served = await start();
    served.app.getHttpServer().maxRequestsPerSocket = 1;
    const { socket, received } = await dial(served.port);
    socket.write('GET /orders/1 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
    await until(() => received().includes(' 503 '));
    expect(await recordedRequests(served, 2)).toEqual(['200 /orders/:id', '503 ']);
  });

  it('a body that comes too late is recorded by its own request, once, with what was sent', async () => {
    const served = await start();
    const head = 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n';
    const line = await answerTo(served.port, `${head}Content-Type: application/json\r\n\r\n{`);
    expect(line).toContain(' 408 ');
    const [request] = await recordedRequests(served, 1);
    expect(request).toMatch(/^408 /);
    expect(cells(served.registry).filter(cell => cell.includes('durations'))).toHaveLength(1);
  });

  it('a malformed body of a request under way is recorded by that request, once', async () => {
    const served = await start();
    const { socket, received } = await dial(served.port);
    const arrived = entered();
    socket.write(
      'GET /never/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n',
    );
    await arrived;
    socket.write('zz\r\n');
    await until(() => received().includes(' 400 '));
    expect(await recordedRequests(served, 1)).toEqual(['400 /never/:id']);
  });

  it('a failure after the response began is recorded by that response', async () => {
    const served = await start();
    const { socket, received } = await dial(served.port);
    const arrived = entered();
    socket.write('GET /streams/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    await arrived;
    await until(() => received().includes('some'));
    socket.write('zz\r\n');
    await until(() => socket.destroyed);
    expect(await recordedRequests(served, 1)).toEqual(['200 /streams/:id']);
  });

  it('a failure of the rest of a body, after its response was sent, is recorded by no other', async () => {
    const served = await start();
    const { socket, received } = await dial(served.port);
    socket.write('GET /orders/1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    await until(() => received().includes('order'));
    socket.write('zz\r\n');
    await until(() => socket.destroyed);
    await ask(served.port, '/orders/2');
    expect(await recordedRequests(served, 2)).toEqual(['200 /orders/:id x2']);
  });

  it('garbage behind a request that waits for its response is recorded once', async () => {
    const served = await start();
    const { socket, received } = await dial(served.port);
    const arrived = entered();
    socket.write('GET /never/1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await arrived;
    socket.write(GARBAGE);
    await until(() => received().includes(' 400 ') && socket.destroyed);
    expect(await recordedRequests(served, 1)).toEqual(['400 /never/:id']);
  });

  it('garbage behind a request whose response is held for a flush is recorded once', async () => {
    let asked = false;
    const served = await start({
      elect: () => {
        asked = true;
        return new Promise(() => {});
      },
    });
    const { socket, received } = await dial(served.port);
    socket.write('GET /orders/1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => asked);
    socket.write(GARBAGE);
    await until(() => received().includes(' 400 ') && socket.destroyed);
    expect(await recordedRequests(served, 1)).toEqual(['400 /orders/:id']);
  });

  it('a client that resets its connection gets nothing, and is recorded by its request alone', async () => {
    const served = await start();
    const idle = await dial(served.port);
    idle.socket.write('GET /ord');
    const { socket } = await dial(served.port);
    const arrived = entered();
    socket.write('GET /never/1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await arrived;
    idle.socket.resetAndDestroy();
    socket.resetAndDestroy();
    await recordedRequests(served, 1);
    await ask(served.port, '/orders/1');
    expect(await recordedRequests(served, 2)).toEqual(['200 /orders/:id', '499 /never/:id']);
  });

  it('a head that its client ends in the middle is answered and recorded, and a request so ended is 499', async () => {
    const served = await start();
    const head = await dial(served.port);
    head.socket.end('GET /ord');
    await until(() => head.received().includes(' 400 '));
    const { socket } = await dial(served.port);
    const arrived = entered();
    socket.write('GET /never/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n');
    await arrived;
    socket.end();
    expect(await recordedRequests(served, 2)).toEqual(['400 ', '499 /never/:id']);
  });

  it('a listener of the application answers in the place of Node, and its status is recorded', async () => {
    const served = await start();
    const server = served.app.getHttpServer() as import('node:http').Server;
    server.removeAllListeners('clientError');
    server.on('clientError', (_error, socket) => {
      setImmediate(() => socket.end(Buffer.from('HTTP/1.1 422 Own\r\nConnection: close\r\n\r\n')));
    });
    expect(await answerTo(served.port, GARBAGE)).toBe('HTTP/1.1 422 Own');
    server.removeAllListeners('clientError');
    server.on('clientError', (_error, socket) => socket.destroy());
    expect(await answerTo(served.port, GARBAGE)).toBe('');
    expect(await recordedRequests(served, 1)).toEqual(['422 ']);
    server.removeAllListeners('clientError');
    let failures = 0;
    server.on('clientError', (_error, socket) => {
      failures += 1;
      if (failures === 2) {
        socket.end('HTTP/1.1 423 At last\r\nConnection: close\r\n\r\n');
      }
    });
    const { socket, received } = await dial(served.port);
    socket.write(GARBAGE);
    await until(() => failures === 1);
    socket.write(GARBAGE);
    await until(() => received().includes(' 423 '));
    expect(await recordedRequests(served, 2)).toEqual(['422 ', '423 ']);
  });

  it('requests that expect 100, or say no host over HTTP/1.0, are recorded once', async () => {
    const served = await start();
    await answerTo(
      served.port,
      'POST /orders HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n',
    );
    await answerTo(served.port, 'GET /orders/1 HTTP/1.0\r\n\r\n');
    expect(await recordedRequests(served, 2)).toEqual(['200 /orders/:id', '201 /orders']);
  });

  it('nothing is recorded with enabled: false, nor of paths that are ignored', async () => {
    const disabled = await start({ http: { enabled: false } });
    expect(await answerTo(disabled.port, GARBAGE)).toContain(' 400 ');
    expect(await answerTo(disabled.port, NO_HOST)).toContain(' 400 ');
    const served = await start({ http: { ignore: ['/orders/1'] } });
    expect(await answerTo(served.port, NO_HOST)).toContain(' 400 ');
    await ask(served.port, '/orders/2');
    expect(await recordedRequests(served, 1)).toEqual(['200 /orders/:id']);
    expect(recorded(disabled)).toEqual([]);
  });

  it('another server that hands requests to the application is watched from the first of them', async () => {
    const served = await start();
    const instance = served.app.getHttpAdapter().getInstance() as unknown;
    const handler = (
      platform === 'express' ? instance : (instance as { routing: unknown }).routing
    ) as RequestListener;
    const foreign = createServer(QUICK, handler).listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const { port } = foreign.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true });
    await ask(port, '/orders/1', { agent });
    expect(await answerTo(port, GARBAGE)).toContain(' 400 ');
    expect(await answerTo(port, NO_HOST)).toContain(' 400 ');
    expect(await recordedRequests(served, 3)).toEqual(['200 /orders/:id', '400  x2']);
    agent.destroy();
    foreign.closeAllConnections();
    foreign.close();
  });

  it('an application that is closed no longer listens to the channels of Node', async () => {
    const served = await start();
    await answerTo(served.port, NO_HOST);
    const requestStarts = channel('http.server.request.start');
    expect(requestStarts.hasSubscribers).toBe(true);
    await served.app.close();
    expect(requestStarts.hasSubscribers).toBe(false);
  });
});
