import { channel, hasSubscribers, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';
import { withTarget } from '../../../lib/targets/with-target.js';
import { answering, ask, atEnd, endAfterEach, serve } from './backend.js';
import { counted, responses, statuses, sums, watch } from './watched.js';

const CHANNELS = [
  'undici:request:create',
  'undici:request:bodySent',
  'undici:request:bodyChunkSent',
  'undici:request:headers',
  'undici:request:bodyChunkReceived',
  'undici:request:trailers',
  'undici:request:error',
  'http.client.request.created',
  'http.client.request.start',
  'http.client.response.finish',
  'http.client.request.error',
];

const subscribed = (): string[] => CHANNELS.filter(name => hasSubscribers(name));

endAfterEach();

describe('ClientHooks', () => {
  it('subscribes when it starts, and leaves no trace when it stops', async () => {
    expect(subscribed()).toEqual([]);
    const watched = watch();
    expect(subscribed()).toEqual(CHANNELS);
    watched.stop();
    expect(subscribed()).toEqual([]);
    const backend = await serve(answering('hello'));
    await (await fetch(backend.url)).text();
    await ask(backend.url);
    expect(statuses(watched)).toEqual([]);
  });

  it('leaves the subscriptions of others alone', () => {
    const other = (): void => {};
    subscribe('undici:request:create', other);
    atEnd(() => unsubscribe('undici:request:create', other));
    watch().stop();
    expect(subscribed()).toEqual(['undici:request:create']);
  });

  it('counts again after it was stopped and started', async () => {
    const backend = await serve(answering('hello'));
    const watched = watch();
    watched.stop();
    atEnd(watched.hooks.start());
    await (await fetch(backend.url)).text();
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 1`]);
  });

  it('count each request in every registry that watches', async () => {
    const backend = await serve(answering('hello'));
    const [one, other] = [watch(), watch()];
    await ask(backend.url);
    expect(await responses(one, backend.name, 'http')).toEqual(
      await responses(other, backend.name, 'http'),
    );
    expect(statuses(one)).toEqual([`200 ${backend.name} http: 1`]);
  });

  it('ignores a request that began before the start, and its end', async () => {
    let answer = (): void => {};
    const arrived = new Promise<void>(resolve => {
      void serve((_, response) => {
        answer = () => response.end('late');
        resolve();
      }).then(({ url }) => (early = fetch(url).then(response => response.text())));
    });
    let early: Promise<string> | undefined;
    await arrived;
    const watched = watch();
    answer();
    expect(await early).toBe('late');
    expect(statuses(watched)).toEqual([]);
  });

  it('R1 logs its errors once, and throws none into the application', () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    atEnd(() => error.mockRestore());
    const uncaught = vi.fn<() => void>();
    process.on('uncaughtException', uncaught);
    atEnd(() => process.off('uncaughtException', uncaught));
    const watched = watch();
    const messages = [undefined, null, 5, {}, { request: null }, { request: {} }];
    for (const name of CHANNELS) {
      messages.forEach(message => channel(name).publish(message));
    }
    const request = { method: 'GET', origin: 'http://a.example', body: null, contentLength: null };
    channel('undici:request:create').publish({ request });
    channel('undici:request:headers').publish({ request, response: {} });
    channel('undici:request:headers').publish({
      request,
      response: { statusCode: 200, headers: 'x' },
    });
    channel('undici:request:bodyChunkReceived').publish({ request, chunk: null });
    return new Promise<void>(resolve => {
      setTimeout(() => {
        expect(uncaught).not.toHaveBeenCalled();
        expect(error).toHaveBeenCalledTimes(1);
        expect(statuses(watched)).toEqual([]);
        resolve();
      }, 10);
    });
  });

  it('R1 does not count a request whose host is no URL, and lets it go on', async () => {
    const watched = watch();
    channel('undici:request:create').publish({ request: { origin: 'no url', body: null } });
    const backend = await serve(answering('hello'));
    expect(await (await fetch(backend.url)).text()).toBe('hello');
    expect(statuses(watched)).toEqual([`200 ${backend.name} undici: 1`]);
  });

  it('R3 drops hosts beyond cellsPerMetric, and goes on counting known ones', async () => {
    const backend = await serve(answering('hello'));
    const watched = watch();
    storeOf(watched.registry).cellsPerMetric = 10;
    const lookup = (_: string, __: object, done: (...found: unknown[]) => void): void =>
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    const agent = new Agent({ lookup } as object);
    const askHost = (n: number): Promise<string> =>
      ask(`http://host${n}.example:${backend.port}/`, { agent });
    for (let n = 0; n < 25; n++) {
      expect(await askHost(n)).toBe('hello');
    }
    await askHost(0);
    expect(statuses(watched)).toHaveLength(10);
    expect(statuses(watched)).toContain(`200 host0.example:${backend.port} http: 2`);
    expect(storeOf(watched.registry).dropped().get('http/response_status')).toBe(15);
    expect((await responses(watched, `host0.example:${backend.port}`, 'http', 2)).counts).toEqual([
      2, 2, 2,
    ]);
  });

  it('R3 makes no cell for a path', async () => {
    const backend = await serve(answering('hello'));
    const watched = watch();
    for (let n = 0; n < 20; n++) {
      await (await fetch(`${backend.url}/users/${n}?q=${n}`)).text();
      await ask(`${backend.url}/users/${n}?q=${n}`);
    }
    expect(statuses(watched)).toEqual([
      `200 ${backend.name} http: 20`,
      `200 ${backend.name} undici: 20`,
    ]);
  });

  it('records requests inside a withTarget() under this instance', async () => {
    const backend = await serve(answering('hello'));
    const watched = watch();
    const other = new Task({ serviceName: 'other', jobName: 'j' });
    await withTarget(other, async () => {
      await (await fetch(backend.url)).text();
      await ask(backend.url);
    });
    await counted(watched, 2);
    await responses(watched, backend.name, 'http');
    await responses(watched, backend.name, 'undici');
    const self = new Task({ serviceName: 's', jobName: 'j' });
    const targets = storeOf(watched.registry)
      .snapshot(watched.registry.instanceMetrics(), self)
      .map(cell => cell.target);
    expect(targets).toHaveLength(8);
    expect(new Set(targets)).toEqual(new Set([self]));
    expect(sums(watched, backend.name, 'http').counts).toEqual([1, 1, 1]);
  });

  it('declares the metrics of luci-go: names, kinds, fields and units', () => {
    const { metrics } = watch().hooks;
    const declared = Object.values(metrics).map(({ name, kind, fields, units }) => [
      name,
      kind.name,
      fields.names,
      units,
    ]);
    expect(declared).toEqual([
      ['http/durations', 'CumulativeDistribution', ['name', 'client'], 'ms'],
      ['http/response_status', 'Counter', ['status', 'name', 'client'], ''],
      ['http/request_bytes', 'CumulativeDistribution', ['name', 'client'], 'By'],
      ['http/response_bytes', 'CumulativeDistribution', ['name', 'client'], 'By'],
    ]);
  });
});
