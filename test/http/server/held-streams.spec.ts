import { once } from 'node:events';
import { Agent } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { cats, CatsController, slowEntered } from './cats.js';
import { ask, bytes, closeAfterEach, dial, PLATFORMS, recordedRequests, until } from './harness.js';
import { ItemsController } from './items.js';
import { testHeldStreams } from './held-stream-tests.js';
import { forget, OwnController, election, items, aWhile } from './held-answers.js';

describe.each(PLATFORMS)('HeldEnd on %s', platform => {
  closeAfterEach();

  beforeEach(forget);

  describe('streams', () => {
    testHeldStreams(platform, { election: () => election, items });

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
});
