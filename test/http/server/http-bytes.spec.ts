import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { cats, CatsController, slowEntered } from './cats.js';
import { ask, bytes, closeAfterEach, dial, PLATFORMS, recordedRequests, until } from './harness.js';

describe.each(PLATFORMS)('HttpHooks on %s', platform => {
  closeAfterEach();

  describe('bytes', () => {
    it('W12 counts the bytes of bodies, not characters, headers or framing', async () => {
      const served = await cats(platform);
      const body = JSON.stringify({ text: 'é'.repeat(100) });
      const headers = { 'content-type': 'application/json' };
      const { body: answer } = await ask(served.port, '/cats', { method: 'POST', headers, body });
      await ask(served.port, '/cats');
      await recordedRequests(served, 2);
      expect(bytes(served, 201, '/cats')).toEqual({
        in: Buffer.byteLength(body),
        out: answer.length,
      });
      expect(bytes(served, 200, '/cats')).toEqual({ in: 0, out: 6 });
    });

    it('W12 counts a chunked request, of which no length was declared', async () => {
      const served = await cats(platform, {
        configure: app => {
          const adapter = app.getHttpAdapter() as unknown as {
            useBodyParser?(...args: unknown[]): void;
          };
          if (platform === 'express') {
            adapter.useBodyParser?.('json', false, { limit: '20mb' });
          }
        },
      });
      const parts = ['["', 'x'.repeat(30_000), 'é'.repeat(30_000), '"]'];
      const { status } = await ask(served.port, '/cats', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: parts,
      });
      expect(status).toBe(201);
      await recordedRequests(served, 1);
      expect(bytes(served, 201, '/cats').in).toBe(Buffer.byteLength(parts.join('')));
    });

    it('W12 counts streamed files, events and raw responses', async () => {
      const served = await cats(platform);
      expect((await ask(served.port, '/cats/file')).body.length).toBe(100_000);
      const events = await ask(served.port, '/cats/events');
      expect(events.body.toString()).toContain('data: 3');
      const raw = await ask(served.port, '/cats/raw');
      await ask(served.port, '/cats/buffer');
      await recordedRequests(served, 4);
      expect(bytes(served, 200, '/cats/file').out).toBe(100_000);
      expect(bytes(served, 200, '/cats/events').out).toBe(events.body.length);
      expect(raw.body.length).toBe(6);
      expect(bytes(served, 202, '/cats/raw').out).toBe(6);
      expect(bytes(served, 200, '/cats/buffer').out).toBe(1234);
    });

    it('W12 counts no body where there is none: HEAD, 204', async () => {
      const served = await cats(platform);
      const head = await ask(served.port, '/cats', { method: 'HEAD' });
      expect(head.status).toBe(200);
      await ask(served.port, '/cats/nothing');
      await ask(served.port, '/cats/raw', { method: 'HEAD' }); // writes all the same
      await recordedRequests(served, 3);
      expect(bytes(served, 202, '/cats/raw').out).toBe(0);
      expect(bytes(served, 200, '/cats')).toEqual({ in: 0, out: 0 });
      expect(bytes(served, 204, '/cats/nothing').out).toBe(0);
    });

    it('W12 counts what has arrived of a body that nobody reads, whatever was declared', async () => {
      const served = await cats(platform);
      const { socket, received } = await dial(served.port);
      socket.write(
        'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-own\r\nContent-Length: 9007199254740991\r\n\r\n0123456789',
      );
      await until(() => received().includes('HTTP/1.1 4'));
      socket.destroy();
      const [request] = await recordedRequests(served, 1);
      const status = Number(request!.slice(0, 3));
      expect(bytes(served, status, '').in).toBe(10);
    });

    it('measures several requests on one connection apart', async () => {
      const served = await cats(platform);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const headers = { 'content-type': 'application/json' };
      for (let i = 1; i <= 3; i++) {
        await ask(served.port, '/cats', {
          method: 'POST',
          headers,
          body: `[${'1'.repeat(i)}]`,
          agent,
        });
      }
      await ask(served.port, '/cats', { agent });
      expect(await recordedRequests(served, 4)).toEqual(['200 /cats', '201 /cats x3']);
      expect(bytes(served, 201, '/cats').in).toBe(3 + 4 + 5);
      expect(bytes(served, 200, '/cats')).toEqual({ in: 0, out: 6 });
      agent.destroy();
    });

    it('measures pipelined requests apart', async () => {
      const served = await cats(platform);
      const { socket, received } = await dial(served.port);
      const post = (body: string): string =>
        `POST /cats HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      socket.write(post('[1]') + post('[1234]'));
      await until(() => received().split('HTTP/1.1 201').length === 3);
      await recordedRequests(served, 2);
      expect(bytes(served, 201, '/cats').in).toBe(9);
      expect(
        served.metrics.requestBytes.get({ status: 201, name: '/cats', is_robot: false })?.count,
      ).toBe(2);
    });
  });

  describe('clients that go away', () => {
    it('records 499 where nothing was answered yet', async () => {
      const served = await cats(platform);
      const entered = slowEntered();
      const { socket } = await dial(served.port);
      socket.write('GET /cats/slow HTTP/1.1\r\nHost: x\r\n\r\n');
      await entered;
      socket.destroy();
      expect(await recordedRequests(served, 1)).toEqual(['499 /cats/slow']);
      CatsController.release();
      await ask(served.port, '/cats');
      expect(await recordedRequests(served, 2)).toEqual(['200 /cats', '499 /cats/slow']);
    });

    it('records 499 where the body never came', async () => {
      const served = await cats(platform);
      const { socket } = await dial(served.port);
      socket.write(
        'POST /cats HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"',
      );
      await new Promise(resolve => socket.write('', resolve));
      await ask(served.port, '/cats'); // by now the server has read the other one, too
      socket.destroy();
      const requests = await recordedRequests(served, 2);
      expect(requests[0]).toBe('200 /cats');
      // On Express the body is parsed before there is a route.
      expect(requests[1]).toBe(platform === 'express' ? '499 ' : '499 /cats');
    });

    it('records the status that was sent where a stream was given up', async () => {
      const served = await cats(platform);
      const { socket, received } = await dial(served.port);
      socket.write('GET /cats/endless HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => received().includes('first'));
      socket.destroy();
      expect(await recordedRequests(served, 1)).toEqual(['200 /cats/endless']);
    });

    it('records a response that the application itself broke off', async () => {
      const served = await cats(platform);
      await expect(ask(served.port, '/cats/broken')).rejects.toThrow('aborted');
      expect(await recordedRequests(served, 1)).toEqual(['200 /cats/broken']);
      expect(bytes(served, 200, '/cats/broken').out).toBe(4);
    });
  });
});
