import { Readable } from 'node:stream';
import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { TsmonInterceptor } from '../../lib/rpc/tsmon.interceptor.js';
import {
  ask,
  closeAfterEach,
  dial,
  PLATFORMS,
  serve,
  until,
  type Platform,
  type Served,
} from '../http/server/harness.js';
import { RequestsUnderWay } from '../../lib/flush/requests-under-way.js';
import { UNMEASURED } from './unmeasured.js';
import { testHeldStreams } from '../http/server/held-stream-tests.js';
import { FakeElection, ItemsController } from '../http/server/items.js';

let election = new FakeElection();
let requests = new RequestsUnderWay(true);

const items = (platform: Platform): Promise<Served> =>
  serve(platform, {
    controllers: [ItemsController],
    configure: app => {
      app.useGlobalInterceptors(new TsmonInterceptor(election, requests, UNMEASURED));
    },
  });

describe.each(PLATFORMS)('TsmonInterceptor on %s', platform => {
  closeAfterEach();

  beforeEach(() => {
    election = new FakeElection();
    ItemsController.items = new Subject();
    ItemsController.source = new Readable({ read() {} });
  });

  it.each([
    ['GET', '/value', 200, 'value'],
    ['POST', '/promise', 201, '{"a":1}'],
    ['GET', '/observable', 200, 'last'],
    ['GET', '/teapot', 418, 'teapot'],
    ['GET', '/crash', 500, 'Internal server error'],
    ['GET', '/buffer', 200, 'whole'],
  ])(
    'F2 keeps the response of %s %s until the flush has ended',
    async (method, path, status, text) => {
      const { port } = await items(platform);
      let answered = false;
      const answer = ask(port, path, { method }).then(got => {
        answered = true;
        return got;
      });
      await until(() => election.elected === 1);
      await new Promise(resolve => setTimeout(resolve, 20));
      expect(answered).toBe(false);
      election.end();
      const got = await answer;
      expect([got.status, got.body.toString()]).toEqual([status, expect.stringContaining(text)]);
      expect(election.elected).toBe(1);
    },
  );

  it('F1 lets all others pass at once', async () => {
    election.elect = () => undefined;
    const { port } = await items(platform);
    expect((await ask(port, '/value')).body.toString()).toBe('value');
    expect((await ask(port, '/teapot')).status).toBe(418);
  });

  it('elects no request that a guard refused before its handler', async () => {
    const { port } = await items(platform);
    expect((await ask(port, '/refused')).status).toBe(403);
    expect(election.elected).toBe(0);
  });

  it('F2 a client that hangs up cancels nothing', async () => {
    const { port } = await items(platform);
    const { socket } = await dial(port);
    socket.write('GET /value HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => election.elected === 1);
    socket.destroy();
    await new Promise(resolve => setTimeout(resolve, 20));
    election.end();
    await until(() => election.ended === 1);
    election.elect = () => undefined;
    expect((await ask(port, '/value')).status).toBe(200);
  });

  testHeldStreams(platform, { election: () => election, items });

  it('F2 keeps the last bytes back where the client knows how many there are', async () => {
    const { port } = await items(platform);
    const { socket, received } = await dial(port);
    socket.write('GET /file-with-length HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    ItemsController.source.push('01234');
    await until(() => received().includes('01234'));
    ItemsController.source.push('56789');
    ItemsController.source.push(null);
    await until(() => election.elected === 1);
    await new Promise(resolve => setTimeout(resolve, 10));
    expect(received()).not.toContain('56789');
    election.end();
    await until(() => socket.readableEnded);
    expect(received().endsWith('0123456789')).toBe(true);
    expect(election.elected).toBe(1);
  });

  it('F2 keeps the last bytes of a Response back, too', async () => {
    const { port } = await items(platform);
    const { socket, received } = await dial(port);
    socket.write('GET /response-with-length HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until(() => election.elected === 1);
    await new Promise(resolve => setTimeout(resolve, 10));
    expect(received()).not.toContain('0123456789');
    election.end();
    await until(() => socket.readableEnded);
    expect(received().endsWith('0123456789')).toBe(true);
    expect(election.elected).toBe(1);
  });

  it('F2 a client that leaves while a stream is kept ends the stream, and not the flush', async () => {
    const { port } = await items(platform);
    const { socket, received } = await dial(port);
    socket.write('GET /file HTTP/1.1\r\nHost: x\r\n\r\n');
    ItemsController.source.push('first');
    await until(() => received().includes('first'));
    ItemsController.source.push(null);
    await until(() => election.elected === 1);
    socket.destroy();
    await until(() => ItemsController.source.destroyed);
    expect(election.ended).toBe(0);
    election.end();
    await until(() => election.ended === 1);
  });

  it('F2 a file that fails is broken off as ever', async () => {
    const { port } = await items(platform);
    const { socket, received } = await dial(port);
    socket.write('GET /file HTTP/1.1\r\nHost: x\r\n\r\n');
    ItemsController.source.push('first');
    await until(() => received().includes('first'));
    ItemsController.source.destroy(new Error('disk'));
    await until(() => socket.destroyed || socket.readableEnded);
    expect(election.elected).toBe(0);
  });

  it('does not read a file for HEAD', async () => {
    const { port } = await items(platform);
    ItemsController.source.push('first');
    expect((await ask(port, '/file', { method: 'HEAD' })).status).toBe(200);
  });

  it('elects a request whose handler sends the response itself', async () => {
    const { port } = await items(platform);
    expect((await ask(port, '/raw')).body.toString()).toBe('raw');
    expect(election.elected).toBe(1);
    election.end();
  });

  it('R3 holds a body that is returned again and again only once', async () => {
    election.elect = () => {
      election.elected += 1;
      return undefined;
    };
    const { port } = await items(platform);
    for (let i = 1; i <= 3; i++) {
      expect((await ask(port, '/again')).body.toString()).toBe('again');
      expect(election.elected).toBe(i);
    }
  });
});
