import { once } from 'node:events';
import { get, request, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { until } from '../server/harness.js';
import { answering, ask, closedPort, endAfterEach, keepAlive, serve } from './backend.js';
import { counted, responses, statuses, sums, watch } from './watched.js';

/** From 22.12 on Node says when a request was made, and not only when it was sent. */
const TELLS_OF_CREATION = Number(process.versions.node.split('.')[0]) >= 22;

endAfterEach();

describe('node:http', () => {
  it('is counted by status, host and client, with the bytes of both bodies', async () => {
    const backend = await serve(answering('héllo'));
    const watched = watch();
    const outgoing = request(`${backend.url}/secret?token=1`, { method: 'POST', agent: false });
    outgoing.end('abc');
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.resume();
    expect(await responses(watched, backend.name, 'http')).toEqual({
      sent: 3,
      received: 6,
      counts: [1, 1, 1],
    });
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 1`]);
  });

  it('is timed until the headers, not until the end of the body', async () => {
    const clock = new ManualClock();
    const backend = await serve((_, response) => {
      clock.advance(250);
      response.write('a');
      setTimeout(() => {
        clock.advance(10_000);
        response.end('b');
      }, 20);
    });
    const watched = watch(clock);
    await ask(backend.url);
    await responses(watched, backend.name, 'http');
    const fields = { name: backend.name, client: 'http' };
    expect(watched.hooks.metrics.durations.get(fields)?.sum).toBe(250);
  });

  it('is counted with the bytes of received streams as they were sent', async () => {
    const zipped = gzipSync('hello '.repeat(1000));
    const backend = await serve((_, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.write(zipped.subarray(0, 10));
      setTimeout(() => response.end(zipped.subarray(10)), 5);
    });
    const watched = watch();
    await ask(backend.url);
    expect((await responses(watched, backend.name, 'http')).received).toBe(zipped.length);
  });

  it.each([
    ['a length that the application gave', { 'content-length': '5' }, ['ab', 'cde'], 5],
    ['no body', {}, [], 0],
    ['a chunked body, which nobody measures', {}, ['ab', 'cde'], undefined],
  ])('sends %s', async (_, headers, parts, sent) => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    await ask(backend.url, { method: 'POST', headers }, parts);
    expect((await responses(watched, backend.name, 'http')).sent).toBe(sent);
  });

  it('leaves the whole body to the application', async () => {
    const backend = await serve((incoming, response) => {
      response.end(incoming.url === '/big' ? 'x'.repeat(300_000) : 'small');
    });
    const watched = watch();
    expect(await ask(`${backend.url}/big`)).toBe('x'.repeat(300_000));
    expect((await responses(watched, backend.name, 'http')).received).toBe(300_000);
  });

  it('is counted with the declared length if the application does not listen for the response', async () => {
    const backend = await serve((_, response) => {
      response.writeHead(202, { 'content-length': 5 }).end('hello');
    });
    const watched = watch();
    get(backend.url, { agent: false });
    expect((await responses(watched, backend.name, 'http')).received).toBe(5);
    expect(statuses(watched)).toEqual([`202 ${backend.name} http: 1`]);
  });

  it('has status 0 if the connection is refused, and no bytes', async () => {
    const port = await closedPort();
    const watched = watch();
    const url = `http://127.0.0.1:${port}`;
    await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
    expect(await counted(watched, 1)).toEqual([`0 127.0.0.1:${port} http: 1`]);
    const outgoing = request(url, { method: 'POST', agent: false });
    outgoing.end('abc');
    await once(outgoing, 'error');
    await until(() => statuses(watched)[0]!.endsWith(': 2'), 'the second request');
    expect(sums(watched, `127.0.0.1:${port}`, 'http')).toEqual({
      sent: 0,
      received: 0,
      counts: [1, 2, 2],
    });
  });

  it('has status 0 if it is destroyed before there is a response', async () => {
    let arrived = false;
    const backend = await serve(() => (arrived = true));
    const watched = watch();
    const outgoing = get(backend.url, { agent: false });
    outgoing.on('error', () => {});
    await until(() => arrived, 'the request');
    outgoing.destroy();
    expect(await counted(watched, 1)).toEqual([`0 ${backend.name} http: 1`]);
  });

  it('has status 0 if it is destroyed before it is sent', async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    const outgoing = request(backend.url, { method: 'POST', agent: false });
    outgoing.on('error', () => {});
    outgoing.write('abc');
    outgoing.destroy();
    expect(await counted(watched, 1)).toEqual([`0 ${backend.name} http: 1`]);
    expect(sums(watched, backend.name, 'http').counts[2]).toBe(TELLS_OF_CREATION ? 1 : 0);
  });

  it('keeps its status if the response is broken off, and counts the bytes received', async () => {
    const backend = await serve((incoming, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('abc');
      setTimeout(() => incoming.socket.destroy(), 20);
    });
    const watched = watch();
    await expect(ask(backend.url)).rejects.toThrow('aborted');
    expect(await responses(watched, backend.name, 'http')).toMatchObject({ received: 3 });
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 1`]);
  });

  it('is counted if the response comes before the whole request was sent', async () => {
    const backend = await serve((_, response) => {
      response.writeHead(413, { connection: 'close' }).end('too much');
    });
    const watched = watch();
    const headers = { 'content-length': '100' };
    const outgoing = request(backend.url, { method: 'POST', agent: false, headers });
    outgoing.on('error', () => {});
    outgoing.write('x'.repeat(10));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.resume();
    expect(await responses(watched, backend.name, 'http')).toMatchObject({
      sent: undefined,
      received: 8,
    });
    expect(statuses(watched)).toEqual([`413 ${backend.name} http: 1`]);
  });

  it('keeps its status if the connection is reset amid the response', async () => {
    const backend = await serve((incoming, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('abc');
      setTimeout(() => incoming.socket.resetAndDestroy(), 20);
    });
    const watched = watch();
    const outgoing = get(backend.url, { agent: false }).on('error', () => {});
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.on('error', () => {}).resume();
    expect(await responses(watched, backend.name, 'http')).toMatchObject({ received: 3 });
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 1`]);
  });

  it('is not counted by informational responses', async () => {
    const backend = await serve((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.end('hello');
    });
    const watched = watch();
    await ask(backend.url);
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 1`]);
  });

  it('is counted once for each request, on connections that are kept alive', async () => {
    const backend = await serve(answering('12345'));
    const watched = watch();
    const agent = keepAlive({ maxSockets: 3 });
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 20 }, () => ask(backend.url, { agent })));
    }
    expect(await responses(watched, backend.name, 'http', 60)).toEqual({
      sent: 0,
      received: 300,
      counts: [60, 60, 60],
    });
    expect(statuses(watched)).toEqual([`200 ${backend.name} http: 60`]);
  });

  it('R3 names the host that it is sent to, not one that a header claims', async () => {
    const backend = await serve(answering('ok'));
    const watched = watch();
    await ask(backend.url, { headers: { host: 'claimed.example' } });
    await ask(backend.url, { headers: { host: '127.0.0.1.evil.example' } });
    expect(statuses(watched)).toEqual(['200 127.0.0.1 http: 2']);
  });
});
