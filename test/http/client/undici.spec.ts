import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { until } from '../server/harness.js';
import { answering, closedPort, endAfterEach, serve, streamOf } from './backend.js';
import { counted, responses, statuses, sums, watch } from './watched.js';

/** Newer undicis, such as that of Node 24, tell of each chunk of a body. */
const TELLS_OF_CHUNKS = Number(process.versions.undici?.split('.')[0]) >= 7;
const withChunks = <T>(value: T): T | undefined => (TELLS_OF_CHUNKS ? value : undefined);

endAfterEach();

describe('fetch', () => {
  it('is counted by status, host and client, with the bytes of both bodies', async () => {
    const backend = await serve(answering('hello'));
    const watched = watch();
    await (
      await fetch(`${backend.url}/secret/path?token=1`, { method: 'POST', body: 'hé' })
    ).text();
    expect(await responses(watched, backend.name, 'undici')).toEqual({
      sent: 3,
      received: 5,
      counts: [1, 1, 1],
    });
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 1`]);
  });

  it('without a body sends 0 bytes', async () => {
    const backend = await serve(answering('hello'));
    const watched = watch();
    await (await fetch(backend.url)).text();
    expect((await responses(watched, backend.name, 'undici')).sent).toBe(0);
  });

  it('is timed until the headers, not until the end of the body', async () => {
    const clock = new ManualClock();
    const backend = await serve((_, response) => {
      clock.advance(250);
      response.writeHead(200, { 'content-length': 2 }).write('a');
      setTimeout(() => {
        clock.advance(10_000);
        response.end('b');
      }, 50);
    });
    const watched = watch(clock);
    await (await fetch(backend.url)).text();
    await responses(watched, backend.name, 'undici');
    const fields = { name: backend.name, client: 'undici' };
    expect(watched.hooks.metrics.durations.get(fields)?.sum).toBe(250);
  });

  it('is counted with the bytes of streams if undici reports their chunks', async () => {
    const backend = await serve((incoming, response) => {
      incoming.resume().on('end', () => {
        response.write('ab');
        setTimeout(() => response.end('cde'), 5);
      });
    });
    const watched = watch();
    const init = { method: 'POST', body: streamOf('1234', '567'), duplex: 'half' } as const;
    expect(await (await fetch(backend.url, init)).text()).toBe('abcde');
    await counted(watched, 1);
    if (TELLS_OF_CHUNKS) {
      await responses(watched, backend.name, 'undici');
    }
    expect(sums(watched, backend.name, 'undici')).toMatchObject({
      sent: withChunks(7),
      received: withChunks(5),
    });
  });

  it('is counted as soon as the headers of a response without end are there', async () => {
    const backend = await serve((_, response) => void response.writeHead(200).write('data: 1\n\n'));
    const watched = watch();
    const response = await fetch(backend.url);
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 1`]);
    await response.body?.cancel();
    await setImmediate();
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 1`]);
  });

  it('is counted for every hop of a redirect', async () => {
    const end = await serve(answering('there'));
    const begin = await serve((_, response) => {
      response.writeHead(302, { location: `${end.url}/new`, 'content-length': 0 }).end();
    });
    const watched = watch();
    expect(await (await fetch(begin.url)).text()).toBe('there');
    expect(statuses(watched).sort()).toEqual(
      [`200 ${end.name} undici: 1`, `302 ${begin.name} undici: 1`].sort(),
    );
    expect((await responses(watched, begin.name, 'undici')).received).toBe(0);
  });

  it('is not counted by early hints', async () => {
    const backend = await serve((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.end('hello');
    });
    const watched = watch();
    await (await fetch(backend.url)).text();
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 1`]);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s answered with %i receives 0 bytes', async (method, status) => {
    const backend = await serve((_, response) => {
      response.writeHead(status, status === 200 ? { 'content-length': 77 } : {}).end();
    });
    const watched = watch();
    await (await fetch(backend.url, { method })).text();
    expect((await responses(watched, backend.name, 'undici')).received).toBe(0);
    expect(statuses(watched)).toEqual([`${status} ${backend.name} undici: 1`]);
  });

  it('has status 0 if the connection is refused', async () => {
    const port = await closedPort();
    const watched = watch();
    await expect(fetch(`http://127.0.0.1:${port}/x`)).rejects.toThrow('fetch failed');
    expect(await counted(watched, 1)).toEqual([`0 127.0.0.1:${port} undici: 1`]);
    expect(sums(watched, `127.0.0.1:${port}`, 'undici')).toEqual({
      sent: 0,
      received: 0,
      counts: [1, 1, 1],
    });
    const post = fetch(`http://127.0.0.1:${port}/x`, { method: 'POST', body: 'abc' });
    await expect(post).rejects.toThrow('fetch failed');
    expect(sums(watched, `127.0.0.1:${port}`, 'undici')).toEqual({
      sent: 0,
      received: 0,
      counts: [1, 2, 2],
    });
  });

  it('has status 0 if it is aborted before there is a response', async () => {
    let arrived = false;
    const backend = await serve(() => (arrived = true));
    const watched = watch();
    const abort = new AbortController();
    const answer = fetch(backend.url, { method: 'POST', body: 'abc', signal: abort.signal });
    await until(() => arrived, 'the request');
    abort.abort();
    await expect(answer).rejects.toThrow('aborted');
    expect(await counted(watched, 1)).toEqual([`0 ${backend.name} undici: 1`]);
    expect(sums(watched, backend.name, 'undici')).toMatchObject({ sent: 3, received: 0 });
  });

  it('keeps its status if the response is broken off', async () => {
    const backend = await serve((incoming, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('abc');
      setTimeout(() => incoming.socket.destroy(), 20);
    });
    const watched = watch();
    const response = await fetch(backend.url);
    await expect(response.text()).rejects.toThrow('terminated');
    await setImmediate();
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 1`]);
    expect(sums(watched, backend.name, 'undici').received).toBe(withChunks(3));
  });

  it('is counted once for each request, on connections that are kept alive and many at a time', async () => {
    const backend = await serve(answering('12345'));
    const watched = watch();
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 20 }, async () => (await fetch(backend.url)).text()));
    }
    expect(await responses(watched, backend.name, 'undici', 60)).toEqual({
      sent: 0,
      received: 300,
      counts: [60, 60, 60],
    });
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 60`]);
  });
});
