import 'reflect-metadata';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  Transport,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { lastValueFrom, Subject, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TsmonModule } from '../../lib/entry/index.js';
import { ask, until } from '../http/server/harness.js';
import { PLATFORMS } from '../support/test-app.js';
import { feed, MeasuredController, MeasuredGateway } from './measured-shop.js';
import { recordedCalls } from './recorded-calls.js';
import { adapterOf, QUIET, Root } from './transport-apps.js';
import {
  askByWebSocket,
  closeAllAfterEach,
  closeLater,
  freePort,
  ownOptions,
  tracked,
} from './transports.js';

const tcpClient = (port: number): ClientProxy =>
  closeLater(
    ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    }) as unknown as ClientProxy,
  );

const answers = (client: ClientProxy, pattern: unknown): Promise<unknown[]> =>
  lastValueFrom(client.send(pattern, 'tea').pipe(toArray()));

describe('a message', () => {
  closeAllAfterEach();
  beforeEach(() => {
    feed.items = new Subject();
  });

  async function microservice(options: ReturnType<typeof ownOptions>): Promise<ClientProxy> {
    const port = await freePort();
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(
      { module: Root, imports: [TsmonModule.forRoot(options)], controllers: [MeasuredController] },
      { ...QUIET, transport: Transport.TCP, options: { host: '127.0.0.1', port } },
    );
    closeLater(app);
    await app.listen();
    return tcpClient(port);
  }

  it('by TCP is measured under its pattern, until its answers have ended', async () => {
    const options = ownOptions();
    const client = await microservice(options);
    expect(await answers(client, 'order')).toEqual(['tea']);
    expect(await answers(client, 'order')).toEqual(['tea']);
    expect(await answers(client, { of: 'items', cmd: 'list' })).toEqual([1, 2]);
    await lastValueFrom(client.emit('ordered', 'tea'), { defaultValue: undefined });
    await until(() => recordedCalls(options.registry).length === 3, 'the event');
    expect(recordedCalls(options.registry)).toEqual([
      'tcp order ok 2',
      'tcp ordered ok 1',
      'tcp {"cmd":"list","of":"items"} ok 1',
    ]);
  });

  it('that fails is measured as an error, under all patterns of its handler, and by @TrackMetric() too', async () => {
    const options = ownOptions();
    const client = await microservice(options);
    const before = tracked('measured', 'error');
    await expect(answers(client, 'fail.again')).rejects.toBeDefined();
    expect(recordedCalls(options.registry)).toEqual(['tcp fail,fail.again error 1']);
    expect(tracked('measured', 'error')).toBe(before + 1);
  });

  it('that streams is measured when the stream ends', async () => {
    const options = ownOptions();
    const all = answers(await microservice(options), 'watch');
    await until(() => feed.items.observed, 'the subscription');
    feed.items.next(1);
    expect(recordedCalls(options.registry)).toEqual([]);
    feed.items.complete();
    expect(await all).toEqual([1]);
    expect(recordedCalls(options.registry)).toEqual(['tcp watch ok 1']);
  });

  it('is not measured with @SkipMetrics(), nor with rpc.enabled false, which declares no metrics', async () => {
    const options = ownOptions();
    expect(await answers(await microservice(options), 'hidden')).toEqual(['hidden']);
    expect(recordedCalls(options.registry)).toEqual([]);
    const off = { ...ownOptions(), rpc: { enabled: false } };
    expect(await answers(await microservice(off), 'order')).toEqual(['tea']);
    expect(recordedCalls(off.registry)).toEqual([]);
    const names = off.registry.instanceMetrics().map(({ name }) => name);
    expect(names).toContain('http/server_durations');
    expect(names.filter(name => name.startsWith('rpc/'))).toEqual([]);
  });
});

describe.each(PLATFORMS)('on %s', platform => {
  closeAllAfterEach();

  async function application(options: ReturnType<typeof ownOptions>) {
    const rpc = await freePort();
    const app = await NestFactory.create<INestApplication>(
      {
        module: Root,
        imports: [TsmonModule.forRoot(options)],
        controllers: [MeasuredController],
        providers: [MeasuredGateway],
      },
      adapterOf(platform),
      QUIET,
    );
    closeLater(app);
    app.useWebSocketAdapter(new WsAdapter(app));
    app.connectMicroservice<MicroserviceOptions>(
      { transport: Transport.TCP, options: { host: '127.0.0.1', port: rpc } },
      { inheritAppConfig: true },
    );
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    return { rpc, http: (app.getHttpServer().address() as AddressInfo).port };
  }

  it('a hybrid application measures its messages, and its HTTP requests only as such', async () => {
    const options = ownOptions();
    const { rpc, http } = await application(options);
    expect((await ask(http, '/order')).body.toString()).toBe('by http');
    expect(recordedCalls(options.registry)).toEqual([]);
    expect(await answers(tcpClient(rpc), 'order')).toEqual(['tea']);
    expect(recordedCalls(options.registry)).toEqual(['tcp order ok 1']);
  });

  it('a message to a gateway is measured once under its event, though the gateway names the interceptor too', async () => {
    const options = ownOptions();
    const { http } = await application(options);
    expect(await askByWebSocket(http, 'order', 1)).toEqual(['by ws']);
    expect(await askByWebSocket(http, 'list', 2)).toEqual([1, 2]);
    expect(await askByWebSocket(http, 'hidden', 1)).toEqual(['hidden']);
    const socket = closeLater(new WebSocket(`ws://127.0.0.1:${http}`));
    await once(socket, 'open');
    socket.send(JSON.stringify({ event: 'fail', data: {} }));
    await until(() => recordedCalls(options.registry).length === 3, 'the failed message');
    expect(recordedCalls(options.registry)).toEqual([
      'websocket fail error 1',
      'websocket list ok 1',
      'websocket order ok 1',
    ]);
  });
});
