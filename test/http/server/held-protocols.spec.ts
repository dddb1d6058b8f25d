import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import { createGzip, gunzipSync } from 'node:zlib';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { RequestsUnderWay } from '../../../lib/flush/requests-under-way.js';
import {
  ask,
  closeAfterEach,
  dial,
  PLATFORMS,
  recordedRequests,
  serve,
  until,
  type Platform,
  type Served,
} from './harness.js';
import { FakeElection, ItemsController } from './items.js';

const FILE = fileURLToPath(import.meta.url);

interface SendingResponse {
  sendFile(path: string): void;
}

@Controller('files')
class FilesController {
  @Get('sent')
  sent(@Res() response: SendingResponse): void {
    response.sendFile(FILE);
  }
}

interface FastifyReply {
  header(name: string, value: string): FastifyReply;
  removeHeader(name: string): FastifyReply;
}

/** What is used of Fastify. */
interface Fastify {
  addHook(
    name: 'onSend',
    hook: (
      request: unknown,
      reply: FastifyReply,
      payload: unknown,
      done: (error: null, payload: unknown) => void,
    ) => void,
  ): unknown;
  inject(path: string): Promise<{ readonly body: string }>;
}

type AnyResponse = ServerResponse & { raw?: ServerResponse };
type Next = () => void;

let election = new FakeElection();

function compressOnExpress(app: Served['app']): void {
  app.use(compress);
}

function compressOnFastify(app: Served['app']): void {
  const fastify = app.getHttpAdapter().getInstance() as Fastify;
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    reply.removeHeader('content-length').header('content-encoding', 'gzip');
    done(null, Readable.from([payload]).pipe(createGzip()));
  });
}

/** As the package for Express does it: the real methods are called by a stream. */
function compress(_request: unknown, response: AnyResponse, next: Next): void {
  const write = response.write.bind(response) as (chunk: Buffer) => boolean;
  const end = response.end.bind(response) as () => ServerResponse;
  const gzip = createGzip();
  const begin = (): void => {
    if (!response.headersSent) {
      response.removeHeader('Content-Length');
      response.setHeader('Content-Encoding', 'gzip');
    }
  };
  gzip.on('data', (chunk: Buffer) => write(chunk));
  gzip.on('end', () => end());
  response.write = ((chunk: string) => {
    begin();
    return gzip.write(chunk);
  }) as typeof response.write;
  response.end = ((chunk?: string) => {
    begin();
    gzip.end(chunk);
    return response;
  }) as typeof response.end;
  next();
}

describe.each(PLATFORMS)('a response that waits, on %s', platform => {
  closeAfterEach();

  beforeEach(() => {
    election = new FakeElection();
  });

  const items = (configure?: (app: Served['app']) => void): Promise<Served> =>
    serve(platform as Platform, {
      controllers: [ItemsController, FilesController],
      elect: () => election.elect(),
      ...(configure && { configure }),
    });

  it('F2 is compressed as ever', async () => {
    const { port } = await items(platform === 'express' ? compressOnExpress : compressOnFastify);
    const answer = ask(port, '/value');
    await until(() => election.elected === 1, 'the election');
    election.end();
    const { headers, body } = await answer;
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).toString()).toBe('value');
    expect(election.elected).toBe(1);
  });

  it('F2 may be that of a middleware', async () => {
    const served = await items(app =>
      app.use((_request: unknown, response: AnyResponse) => {
        response.statusCode = 401;
        response.end('log in first');
      }),
    );
    let answered = false;
    const answer = ask(served.port, '/value').then(got => {
      answered = true;
      return got;
    });
    await until(() => election.elected === 1, 'the election');
    expect(answered).toBe(false);
    election.end();
    const { status, body } = await answer;
    expect([status, body.toString()]).toEqual([401, 'log in first']);
    expect((await recordedRequests(served, 1))[0]).toMatch(/^401 /);
  });

  it('F2 a client that waits for leave to send its body gets it at once', async () => {
    const { port } = await items();
    const { socket, received } = await dial(port);
    socket.write(
      'POST /promise HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n',
    );
    await until(() => received().startsWith('HTTP/1.1 100 Continue'), 'the leave');
    expect(election.elected).toBe(0);
    socket.write('{}');
    await until(() => election.elected === 1, 'the election');
    expect(received()).not.toContain('201');
    election.end();
    await until(() => received().includes('HTTP/1.1 201'), 'the answer');
  });

  it.each([
    ['upgrade', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'],
    ['connect', 'CONNECT shop:443 HTTP/1.1\r\nHost: shop\r\n\r\n'],
  ])('F1 a connection for another protocol (%s) elects nobody', async (event, head) => {
    const { app, port } = await items();
    (app.getHttpServer() as Server).on(event, (_request: IncomingMessage, one: Socket) => {
      one.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      one.pipe(one);
    });
    const { socket, received } = await dial(port);
    socket.write(head);
    await until(() => received().includes('101'), 'the upgrade');
    socket.write('hello');
    await until(() => received().endsWith('hello'), 'the echo');
    expect(election.elected).toBe(0);
  });
});

describe('a response that waits', () => {
  closeAfterEach();

  beforeEach(() => {
    election = new FakeElection();
  });

  it.each([
    ['whole', {}, 200],
    ['in part', { range: 'bytes=0-99' }, 206],
    ['not again', { 'if-modified-since': new Date(Date.now() + 86_400_000).toUTCString() }, 304],
  ])('F2 is a file that Express sends, %s', async (_name, headers, status) => {
    const { port } = await serve('express', {
      controllers: [FilesController],
      elect: () => election.elect(),
    });
    let answered = false;
    const answer = ask(port, '/files/sent', { headers }).then(got => {
      answered = true;
      return got;
    });
    await until(() => election.elected === 1, 'the election');
    expect(answered).toBe(false);
    election.end();
    const got = await answer;
    expect(got.status).toBe(status);
    const length = got.headers['content-length'];
    expect(got.body.length).toBe(status === 304 ? 0 : Number(length));
    expect(election.elected).toBe(1);
  });

  it('F2 is one that inject() of Fastify asked for', async () => {
    const { app } = await serve('fastify', {
      controllers: [ItemsController],
      elect: () => election.elect(),
    });
    const fastify = app.getHttpAdapter().getInstance() as Fastify;
    let answered = false;
    const answer = fastify.inject('/value').then(got => {
      answered = true;
      return got;
    });
    await until(() => election.elected === 1, 'the election');
    expect(answered).toBe(false);
    election.end();
    expect((await answer).body).toBe('value');
  });

  it.each(PLATFORMS)(
    'F1 is known to handlers on %s, so that nothing else elects',
    async platform => {
      const requests = new RequestsUnderWay(true);
      const seen: boolean[] = [];
      @Controller()
      class SeeingController {
        @Get('seen')
        see(@Req() request: object): void {
          seen.push(requests.isWatched(request));
        }
      }
      const { port } = await serve(platform as Platform, {
        controllers: [SeeingController],
        requests,
      });
      expect((await ask(port, '/seen')).status).toBe(200);
      expect(seen).toEqual([true]);
      expect([{}, undefined, 'text'].map(other => requests.isWatched(other))).not.toContain(true);
    },
  );

  it.each(PLATFORMS)('F2 is one that another server handed to %s', async platform => {
    const { app } = await serve(platform as Platform, {
      controllers: [ItemsController],
      elect: () => election.elect(),
    });
    const instance = app.getHttpAdapter().getInstance() as { routing?: unknown };
    const handler = (instance.routing ?? instance) as (
      request: IncomingMessage,
      response: ServerResponse,
    ) => void;
    const server = createServer(handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const answer = ask((server.address() as AddressInfo).port, '/value');
      await until(() => election.elected === 1, 'the election');
      election.end();
      expect((await answer).body.toString()).toBe('value');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
