import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Res } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RequestsUnderWay } from '../../../lib/flush/requests-under-way.js';
import { HttpHooks } from '../../../lib/http/server/http-hooks.js';
import { HttpMetrics } from '../../../lib/http/server/http-metrics.js';
import { httpOptions } from '../../../lib/http/server/http-options.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { cats, CatsController, slowEntered } from './cats.js';
import {
  ask,
  closeAfterEach,
  dial,
  PLATFORMS,
  recordedRequests,
  serve,
  until,
  type Served,
} from './harness.js';

/** More than the buffers of a connection hold. */
const BIG_BYTES = 32 * 1024 * 1024;

@Controller('big')
class BigController {
  static onResponse: (response: ServerResponse) => void = () => {};

  @Get()
  answer(
    @Res() response: ServerResponse & { raw?: ServerResponse; send: (body: Buffer) => void },
  ): void {
    BigController.onResponse(response.raw ?? response);
    response.send(Buffer.alloc(BIG_BYTES));
  }
}

describe.each(PLATFORMS)('shutdown on %s', platform => {
  closeAfterEach();

  async function slowRequest(
    served: Served,
    agent: Agent,
  ): Promise<{ answer: ReturnType<typeof ask> }> {
    const entered = slowEntered();
    const answer = ask(served.port, '/cats/slow', { agent });
    await entered;
    return { answer };
  }

  it.each([{ enabled: true }, { enabled: false }])(
    'F6 ends with the last request, whatever clients keep open, with http.%j',
    async http => {
      const served = await cats(platform, { http });
      const agent = new Agent({ keepAlive: true });
      await Promise.all([
        ask(served.port, '/cats', { agent }),
        ask(served.port, '/cats', { agent }),
      ]);
      const { answer } = await slowRequest(served, agent);
      served.hooks.closeConnectionsAsRequestsEnd();
      let closed = false;
      const closing = served.app.close().then(() => {
        closed = true;
      });
      await new Promise(resolve => setTimeout(resolve, 20));
      expect(closed).toBe(false);
      CatsController.release();
      const { status, headers, body } = await answer;
      expect([status, headers.connection, body.toString()]).toEqual([200, 'close', 'done']);
      await until(() => closed, 'the application to close');
      await closing;
      agent.destroy();
    },
  );

  it('F6 closes the connection of a stream whose headers went out before, when it ends', async () => {
    const served = await cats(platform);
    const items = new Subject<{ data: string }>();
    CatsController.items = items;
    const { socket, received } = await dial(served.port);
    socket.write('GET /cats/items HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => items.observed);
    items.next({ data: 'first' });
    await until(() => received().includes('first'));
    served.hooks.closeConnectionsAsRequestsEnd();
    const closing = served.app.close();
    items.next({ data: 'last' });
    items.complete();
    await Promise.all([closing, until(() => socket.readableEnded, 'the end of the connection')]);
    expect(received()).toContain('last');
  });

  it('F6 serves what comes while it waits, and closes that connection too', async () => {
    const served = await cats(platform);
    served.hooks.closeConnectionsAsRequestsEnd();
    const agent = new Agent({ keepAlive: true });
    const { status, headers } = await ask(served.port, '/cats', { agent });
    expect([status, headers.connection]).toEqual([200, 'close']);
    await served.app.close();
    agent.destroy();
  });

  it('F6 closes idle connections at once', async () => {
    const served = await cats(platform);
    const { socket, received } = await dial(served.port);
    socket.write('GET /cats HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => received().includes('llo'));
    await recordedRequests(served, 1);
    served.hooks.closeConnectionsAsRequestsEnd();
    await until(() => socket.readableEnded || socket.destroyed, 'the end of the connection');
    expect(received()).not.toContain('onnection: close'); // nothing had announced it
  });

  it('F6 cuts no response that has ended but of which a slow client has not got all bytes', async () => {
    const served = await serve(platform, { controllers: [BigController] });
    const { socket } = await dial(served.port);
    const end = once(socket, 'close');
    let received = 0;
    const sent: ServerResponse[] = [];
    BigController.onResponse = response => sent.push(response);
    socket.removeAllListeners('data').pause();
    socket.write('GET /big HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => sent[0]?.writableEnded === true, 'the end of the response');
    expect(sent[0]!.writableFinished).toBe(false);
    served.hooks.closeConnectionsAsRequestsEnd();
    const closing = served.app.close();
    await new Promise(resolve => setTimeout(resolve, 20));
    socket.on('data', (chunk: string) => (received += chunk.length)).resume();
    await Promise.all([closing, end]);
    expect(received).toBeGreaterThan(BIG_BYTES);
  });

  it('keeps connections alive until then', async () => {
    const served = await cats(platform);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { headers } = await ask(served.port, '/cats', { agent });
    expect(headers.connection).not.toBe('close');
    agent.destroy();
  });
});

describe('shutdown between two attempts to send headers', () => {
  it('F6 closes the connection with those that are sent', async () => {
    const hooks = new HttpHooks(
      new HttpMetrics(new Registry()),
      httpOptions.check({}, 'http'),
      new ManualClock(),
      { isDue: false, elect: () => undefined, electReluctantly: () => undefined },
      new RequestsUnderWay(true),
    );
    const app = {
      handle(_request: IncomingMessage, response: ServerResponse): void {
        expect(() => response.writeHead(200, { 'not a name': 'x' })).toThrow(TypeError);
        hooks.closeConnectionsAsRequestsEnd();
        response.end('done');
      },
    };
    const server = createServer((request, response) => app.handle(request, response));
    hooks.install({
      getType: () => 'express',
      getInstance: () => app,
      getHttpServer: () => server,
    } as unknown as AbstractHttpAdapter);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const agent = new Agent({ keepAlive: true });
    const { headers } = await ask((server.address() as AddressInfo).port, '/', { agent });
    expect(headers.connection).toBe('close');
    agent.destroy();
    await new Promise(resolve => server.close(resolve));
  });
});
