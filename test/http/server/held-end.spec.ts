import { once } from 'node:events';
import { Agent, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Controller, Get, Head, Res } from '@nestjs/common';
import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { cats, CatsController, slowEntered } from './cats.js';
import {
  ask,
  bytes,
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

type AnyResponse = ServerResponse & { raw?: ServerResponse; hijack?(): void };

/** Node's own response, which the handler answers by itself. */
function rawOf(response: AnyResponse): ServerResponse {
  response.hijack?.();
  return response.raw ?? response;
}

@Controller('own')
class OwnController {
  static seen: unknown[] = [];

  @Get('end')
  end(@Res() response: AnyResponse): void {
    rawOf(response).end('whole');
  }

  @Get('callback')
  callback(@Res() response: AnyResponse): void {
    rawOf(response).end('whole', 'utf8', () => OwnController.seen.push('called back'));
  }

  @Get('end-of-nothing')
  endOfNothing(@Res() response: AnyResponse): void {
    rawOf(response).end();
  }

  @Get('chunked')
  chunked(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.write('one');
    raw.end('two');
  }

  @Get('with-length')
  withLength(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.writeHead(200, { 'Content-Length': 6 });
    raw.write('abc');
    raw.write('def');
    raw.end();
  }

  @Get('then-throws')
  thenThrows(@Res() response: AnyResponse): void {
    rawOf(response).end('sent');
    throw new Error('after the end');
  }

  @Get('seen')
  seen(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.end('seen');
    OwnController.seen.push(raw.headersSent, raw.writableEnded, raw.writableFinished);
    raw.once('finish', () => OwnController.seen.push(raw.writableEnded));
  }

  @Get('twice')
  twice(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.on('error', error => OwnController.seen.push((error as NodeJS.ErrnoException).code));
    raw.end('once');
    raw.write('more');
    raw.end('twice');
  }

  @Get('wrong-chunk')
  wrongChunk(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    try {
      raw.end(123 as unknown as string);
    } catch (error) {
      raw.end((error as NodeJS.ErrnoException).code);
    }
  }

  @Get('wrong-status')
  wrongStatus(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    try {
      raw.statusCode = 9999;
      raw.end('never');
    } catch (error) {
      raw.statusCode = 500;
      raw.end((error as NodeJS.ErrnoException).code);
    }
  }

  @Get('wrong-length')
  wrongLength(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.strictContentLength = true;
    raw.setHeader('Content-Length', 10);
    raw.flushHeaders();
    raw.end('short');
  }

  @Get('gzip')
  async gzip(@Res() response: AnyResponse): Promise<void> {
    const raw = rawOf(response);
    raw.setHeader('Content-Encoding', 'gzip');
    await pipeline(Readable.from(['x'.repeat(10_000)]), createGzip(), raw);
    OwnController.seen.push('piped');
  }

  @Get('not-modified')
  notModified(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.statusCode = 304;
    raw.setHeader('ETag', '"1"');
    raw.end();
  }

  @Head('head')
  head(@Res() response: AnyResponse): void {
    rawOf(response).end('a body that HEAD does not have');
  }
}

let election = new FakeElection();

const items = (platform: Platform): Promise<Served> =>
  serve(platform, {
    controllers: [ItemsController, OwnController],
    elect: () => election.elect(),
  });

/** Lets what would come too early come. */
const aWhile = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 15));

describe.each(PLATFORMS)('HeldEnd on %s', platform => {
  closeAfterEach();

  beforeEach(() => {
    election = new FakeElection();
    OwnController.seen = [];
    ItemsController.items = new Subject();
    ItemsController.source = new Readable({ read() {} });
  });

  describe('one answer', () => {
    it.each([
      ['GET', '/value', 200, 'value'],
      ['POST', '/promise', 201, '{"a":1}'],
      ['GET', '/teapot', 418, 'teapot'],
      ['GET', '/crash', 500, 'Internal server error'],
      ['GET', '/refused', 403, 'Forbidden'],
      ['GET', '/nowhere', 404, 'Cannot GET'],
      ['GET', '/buffer', 200, 'whole'],
      ['GET', '/response-with-length', 200, '0123456789'],
      ['GET', '/raw', 200, 'raw'],
      ['GET', '/own/end', 200, 'whole'],
      ['GET', '/own/end-of-nothing', 200, ''],
      ['GET', '/own/not-modified', 304, ''],
      ['HEAD', '/value', 200, ''],
      ['HEAD', '/own/head', 200, ''],
    ])('F2 %s %s waits for the flush, and is the same', async (method, path, status, text) => {
      const { port } = await items(platform);
      const elect = election.elect.bind(election);
      election.elect = () => undefined;
      const alone = await ask(port, path, { method });
      election.elect = elect;

      let answered = false;
      const answer = ask(port, path, { method }).then(got => {
        answered = true;
        return got;
      });
      await until(() => election.elected === 1, 'the election');
      await aWhile();
      expect(answered).toBe(false);
      election.end();
      const got = await answer;
      expect(got.status).toBe(status);
      expect(got.body.toString()).toContain(text);
      expect(got.body.toString()).toBe(alone.body.toString());
      expect({ ...got.headers, date: '' }).toEqual({ ...alone.headers, date: '' });
      expect(election.elected).toBe(1);
    });

    it.each([
      ['/cats/nothing', 204],
      ['/cats/moved', 302],
      ['/cats/json', 200],
    ])('F2 %s waits too, with its status and headers', async (path, status) => {
      const { port } = await cats(platform, { elect: () => election.elect() });
      const answer = ask(port, path);
      await until(() => election.elected === 1);
      election.end();
      const { headers, ...got } = await answer;
      expect(got.status).toBe(status);
      expect(headers.location).toBe(status === 302 ? '/cats' : undefined);
      expect(headers['transfer-encoding']).toBe(undefined);
    });

    it('F1 lets all others pass at once', async () => {
      election.elect = () => undefined;
      const { port } = await items(platform);
      expect((await ask(port, '/value')).body.toString()).toBe('value');
      expect((await ask(port, '/own/chunked')).body.toString()).toBe('onetwo');
      expect((await ask(port, '/teapot')).status).toBe(418);
    });

    it('F1 asks once for each request, not for each chunk', async () => {
      let asked = 0;
      election.elect = () => {
        asked += 1;
        return undefined;
      };
      const { port } = await items(platform);
      expect((await ask(port, '/own/with-length')).body.toString()).toBe('abcdef');
      expect((await ask(port, '/own/chunked')).body.toString()).toBe('onetwo');
      expect(asked).toBe(2);
    });

    it('F1 elects with http.enabled: false, too', async () => {
      const { port } = await cats(platform, {
        http: { enabled: false },
        elect: () => election.elect(),
      });
      const answer = ask(port, '/cats');
      await until(() => election.elected === 1, 'the election');
      election.end();
      expect((await answer).status).toBe(200);
    });
  });

  describe('what the application sees meanwhile', () => {
    it('F2 a response that has ended, with final headers', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/seen');
      await until(() => election.elected === 1);
      expect(OwnController.seen).toEqual([true, true, false]);
      election.end();
      expect((await answer).headers['content-length']).toBe('4');
      await until(() => OwnController.seen.length === 4);
      expect(OwnController.seen[3]).toBe(true);
    });

    it('F2 a handler that sends and then throws is answered as it sent', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/then-throws');
      await until(() => election.elected === 1);
      await aWhile();
      election.end();
      const { status, body } = await answer;
      expect([status, body.toString()]).toEqual([200, 'sent']);
    });

    it('F2 what is written after the end is refused, as ever', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/twice');
      await until(() => election.elected === 1);
      election.end();
      expect((await answer).body.toString()).toBe('once');
      await until(() => OwnController.seen.length === 2, 'the errors');
      expect(OwnController.seen).toEqual([
        'ERR_STREAM_WRITE_AFTER_END',
        'ERR_STREAM_WRITE_AFTER_END',
      ]);
    });

    it('F2 what it passed to end is called back when all was sent', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/callback');
      await until(() => election.elected === 1);
      await aWhile();
      expect(OwnController.seen).toEqual([]);
      election.end();
      await answer;
      await until(() => OwnController.seen.length === 1, 'the callback');
    });

    it.each([
      ['/own/wrong-chunk', 200, 'ERR_INVALID_ARG_TYPE'],
      ['/own/wrong-status', 500, 'ERR_HTTP_INVALID_STATUS_CODE'],
    ])('F2 %s throws where end was called', async (path, status, code) => {
      const { port } = await items(platform);
      const answer = ask(port, path);
      await until(() => election.elected === 1);
      election.elect = () => undefined; // one flush at a time
      election.end();
      const got = await answer;
      expect([got.status, got.body.toString()]).toEqual([status, code]);
    });

    it('F2 an end that fails when its turn comes breaks off this response, and no other', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/wrong-length').catch((error: Error) => error);
      await until(() => election.elected === 1);
      election.end();
      expect(await answer).toBeInstanceOf(Error);
      election.elect = () => undefined;
      expect((await ask(port, '/value')).status).toBe(200);
    });
  });

  describe('streams', () => {
    it('F2 events pass at once, and the flush comes when they end', async () => {
      const { port } = await items(platform);
      const { socket, received } = await dial(port);
      socket.write('GET /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await until(() => ItemsController.items.observed);
      ItemsController.items.next({ data: 'one' });
      await until(() => received().includes('data: one'));
      ItemsController.items.next({ data: 'two' });
      await until(() => received().includes('data: two'));
      expect(election.elected).toBe(0);
      ItemsController.items.complete();
      await until(() => election.elected === 1, 'the election');
      await aWhile();
      expect(received()).not.toContain('\r\n0\r\n\r\n');
      election.end();
      await until(() => received().endsWith('\r\n0\r\n\r\n'), 'the end of the events');
    });

    it.each(['/file', '/transformed', '/generated', '/readable', '/response'])(
      'F2 the bytes of %s pass at once, and the flush comes when they end',
      async path => {
        const { port } = await items(platform);
        const { socket, received } = await dial(port);
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        ItemsController.source.push('first');
        await until(() => received().includes('first'), 'the first part');
        ItemsController.source.push('second');
        await until(() => received().includes('second'), 'the second part');
        expect(election.elected).toBe(0);
        ItemsController.source.push(null);
        await until(() => election.elected === 1, 'the election');
        await aWhile();
        expect(socket.readableEnded).toBe(false);
        election.end();
        await until(() => socket.readableEnded, 'the end');
        expect(election.elected).toBe(1);
      },
    );

    it.each([
      ['/file-with-length', '01234', '56789'],
      ['/own/with-length', 'abc', 'def'],
    ])(
      'F2 %s keeps its last bytes back, since the client knows how many there are',
      async (path, first, last) => {
        const { port } = await items(platform);
        const { socket, received } = await dial(port);
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        ItemsController.source.push(first);
        await until(() => received().includes(first), 'the first part');
        ItemsController.source.push(last);
        ItemsController.source.push(null);
        await until(() => election.elected === 1, 'the election');
        await aWhile();
        expect(received()).not.toContain(last);
        election.end();
        await until(() => received().endsWith(first + last), 'the last part');
        expect(election.elected).toBe(1);
      },
    );

    it('F2 a pipeline into the response ends when it was sent', async () => {
      const { port } = await items(platform);
      const answer = ask(port, '/own/gzip');
      await until(() => election.elected === 1);
      await aWhile();
      expect(OwnController.seen).toEqual([]);
      election.end();
      expect((await answer).body.length).toBeGreaterThan(10);
      await until(() => OwnController.seen.includes('piped'), 'the end of the pipeline');
    });
  });

  describe('clients', () => {
    it('F2 one that hangs up cancels nothing, and counts as 499', async () => {
      const served = await items(platform);
      const { socket } = await dial(served.port);
      socket.write('GET /value HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => election.elected === 1);
      socket.destroy();
      expect(await recordedRequests(served, 1)).toEqual(['499 /value']);
      expect(bytes(served, 499, '/value').out).toBe(0);
      expect(election.ended).toBe(0);
      election.end();
      await until(() => election.ended === 1);
      election.elect = () => undefined;
      expect((await ask(served.port, '/value')).status).toBe(200);
    });

    it('F2 one that hung up before the end is recorded then, and does not stop the flush', async () => {
      const served = await cats(platform, { elect: () => election.elect() });
      const entered = slowEntered();
      const { socket } = await dial(served.port);
      socket.write('GET /cats/slow HTTP/1.1\r\nHost: x\r\n\r\n');
      await entered;
      socket.destroy();
      expect(await recordedRequests(served, 1)).toEqual(['499 /cats/slow']);
      CatsController.release();
      await until(() => election.elected === 1, 'the election');
      election.end();
      await until(() => election.ended === 1, 'the end of the flush');
      election.elect = () => undefined;
      expect((await ask(served.port, '/cats')).status).toBe(200);
    });

    it('keeps the connection alive', async () => {
      const { port } = await items(platform);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const first = ask(port, '/value', { agent });
      await until(() => election.elected === 1);
      election.end();
      expect((await first).headers.connection).not.toBe('close');
      election.elect = () => undefined;
      const [socket] = Object.values(agent.freeSockets).flat();
      const gone = socket && once(socket, 'close').then(() => 'closed');
      expect((await ask(port, '/value', { agent })).status).toBe(200);
      expect(Object.values(agent.freeSockets).flat()[0]).toBe(socket);
      agent.destroy();
      expect(await gone).toBe('closed');
    });

    it('answers pipelined requests in their order', async () => {
      const { port } = await items(platform);
      const { socket, received } = await dial(port);
      socket.write(
        'GET /value HTTP/1.1\r\nHost: x\r\n\r\nGET /own/end HTTP/1.1\r\nHost: x\r\n\r\n',
      );
      await until(() => election.elected === 2, 'both elections');
      await aWhile();
      expect(received()).toBe('');
      election.end();
      await until(() => received().endsWith('whole'), 'both answers');
      expect(received().match(/HTTP\/1.1 200/g)).toHaveLength(2);
      expect(received().indexOf('value')).toBeLessThan(received().indexOf('whole'));
    });

    it('counts each response once, with its bytes, and its time with the wait', async () => {
      const served = await items(platform);
      for (const path of ['/value', '/own/chunked', '/own/with-length']) {
        const before = election.elected;
        const answer = ask(served.port, path);
        await until(() => election.elected > before);
        await aWhile();
        election.end();
        await answer;
      }
      expect(await recordedRequests(served, 3)).toEqual([
        '200 /own/chunked',
        '200 /own/with-length',
        '200 /value',
      ]);
      expect(bytes(served, 200, '/value').out).toBe(5);
      expect(bytes(served, 200, '/own/chunked').out).toBe(6);
      expect(bytes(served, 200, '/own/with-length').out).toBe(6);
      const { sum } = served.metrics.durations.get({
        status: 200,
        name: '/value',
        is_robot: false,
      })!;
      expect(sum).toBeGreaterThan(5);
    });

    it('F6 closes the connection of a response that is kept when the application ends', async () => {
      const { app, hooks, port } = await items(platform);
      const agent = new Agent({ keepAlive: true });
      const answer = ask(port, '/value', { agent });
      await until(() => election.elected === 1);
      hooks.closeConnectionsAsRequestsEnd();
      const closing = app.close();
      await aWhile();
      election.end();
      expect((await answer).body.toString()).toBe('value');
      await closing;
      agent.destroy();
    });
  });

  describe('others that wrap the response', () => {
    type Next = () => void;

    /** As compression does it: what is passed to `end` is written when it is ready, and then comes the end. */
    function later(_request: unknown, response: AnyResponse, next: Next): void {
      const write = response.write.bind(response) as (chunk: string) => boolean;
      const end = response.end.bind(response) as () => ServerResponse;
      response.end = ((chunk: string) => {
        setImmediate(() => {
          write(chunk);
          end();
        });
        return response;
      }) as typeof response.end;
      next();
    }

    it('F2 waits where a middleware sends in another way what it was given', async () => {
      const served = await serve(platform, {
        controllers: [ItemsController],
        elect: () => election.elect(),
        configure: app => {
          app.use(later);
        },
      });
      const answer = ask(served.port, '/value');
      await until(() => election.elected === 1, 'the election');
      await aWhile();
      election.end();
      expect((await answer).body.toString()).toBe('value');
      expect(await recordedRequests(served, 1)).toEqual(['200 /value']);
      expect(bytes(served, 200, '/value').out).toBe(5);
      expect(election.elected).toBe(1);
    });
  });
});
