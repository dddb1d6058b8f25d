import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module, UseInterceptors, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule, type GqlModuleOptions } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { beforeEach, describe, expect, it } from 'vitest';
import { TsmonInterceptor } from '../../lib/entry/index.js';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { PLATFORMS, type HttpPlatform } from '../support/test-app.js';
import { BareGraphQLDriver } from '../http/server/bare-graphql-driver.js';
import { ask, until } from '../http/server/harness.js';
import {
  askByWebSocket,
  closeAllAfterEach,
  closeLater,
  freePort,
  ownOptions,
  ShopController,
  ShopGateway,
  ShopResolver,
  tcpClient,
  tracked,
} from './transports.js';

const QUIET = { logger: false, abortOnError: false } as const;

const adapterOf = (platform: HttpPlatform): ExpressAdapter =>
  platform === 'express'
    ? new ExpressAdapter()
    : (new FastifyAdapter() as unknown as ExpressAdapter);

@Module({})
class Root {}

beforeEach(() => {
  ShopController.events = 0;
});

describe.each(TWO_REGISTRATIONS)('by %s', (_way, register) => {
  closeAllAfterEach();

  describe('a microservice without HTTP', () => {
    async function microservice(options: ReturnType<typeof ownOptions>): Promise<number> {
      const port = await freePort();
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(
        { module: Root, imports: [register(options)], controllers: [ShopController] },
        { ...QUIET, transport: Transport.TCP, options: { host: '127.0.0.1', port } },
      );
      closeLater(app);
      await app.listen();
      return port;
    }

    it('F1 elects one message, and tracks its handler', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      const before = tracked('rpc');
      expect(await client.ask('order', 'tea')).toBe('tea by rpc');
      expect(options.monitor.calls).toHaveLength(1);
      expect(await client.ask('order', 'tea')).toBe('tea by rpc');
      expect(options.monitor.calls).toHaveLength(1);
      expect(tracked('rpc')).toBe(before + 2);
    });

    it('F2 keeps the end of the answer until the flush has ended', async () => {
      const options = ownOptions();
      let accept = (): void => {};
      options.monitor.answer = () =>
        new Promise(resolve => {
          accept = () => resolve({ rejected: [] });
        });
      const client = tcpClient(await microservice(options));
      let ended = false;
      const end = client.askAll('items').then(answers => {
        ended = true;
        return answers;
      });
      await until(() => options.monitor.calls.length === 1);
      await new Promise(resolve => setTimeout(resolve, 15));
      expect(ended).toBe(false);
      options.monitor.answer = () => ({ rejected: [] });
      accept();
      expect(await end).toEqual([1, 2, 3]);
    });

    it('F2 a handler that fails flushes, and fails as ever', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      const before = tracked('rpc_failing', 'error');
      await expect(client.ask('fail')).rejects.toMatchObject({ message: 'Internal server error' });
      expect(options.monitor.calls).toHaveLength(1);
      expect(tracked('rpc_failing', 'error')).toBe(before + 1);
    });

    it('passes every item of an Observable, and flushes once', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      expect(await client.askAll('items')).toEqual([1, 2, 3]);
      expect(options.monitor.calls).toHaveLength(1);
    });

    it('elects an event, which nobody waits for', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      await client.emit('ordered');
      await until(() => ShopController.events === 1);
      await until(() => options.monitor.calls.length === 1, 'the flush');
      expect(ShopController.events).toBe(1);
    });

    it('elects nobody with http.interceptor: false', async () => {
      const options = { ...ownOptions(), http: { interceptor: false } };
      const client = tcpClient(await microservice(options));
      expect(await client.ask('order', 'tea')).toBe('tea by rpc');
      expect(options.monitor.calls).toHaveLength(0);
    });
  });

  describe.each(PLATFORMS)('on %s', platform => {
    interface Hybrid {
      readonly app: INestApplication;
      readonly http: number;
      readonly rpc: number;
    }

    async function hybrid(
      options: ReturnType<typeof ownOptions>,
      inheritAppConfig: boolean,
    ): Promise<Hybrid> {
      const rpc = await freePort();
      const app = await NestFactory.create<INestApplication>(
        { module: Root, imports: [register(options)], controllers: [ShopController] },
        adapterOf(platform),
        QUIET,
      );
      closeLater(app);
      app.connectMicroservice<MicroserviceOptions>(
        { transport: Transport.TCP, options: { host: '127.0.0.1', port: rpc } },
        { inheritAppConfig },
      );
      await app.startAllMicroservices();
      await app.listen(0, '127.0.0.1');
      return { app, rpc, http: (app.getHttpServer().address() as AddressInfo).port };
    }

    it('F1 a hybrid application with inheritAppConfig elects messages and requests', async () => {
      const options = ownOptions();
      const { rpc, http } = await hybrid(options, true);
      expect(await tcpClient(rpc).ask('order', 'tea')).toBe('tea by rpc');
      expect(options.monitor.calls).toHaveLength(1);
      expect((await ask(http, '/order')).body.toString()).toBe('by http');
      expect(options.monitor.calls).toHaveLength(1);
    });

    it('F1 without inheritAppConfig requests flush what messages have recorded', async () => {
      const options = ownOptions();
      const { rpc, http } = await hybrid(options, false);
      const before = tracked('rpc');
      expect(await tcpClient(rpc).ask('order', 'tea')).toBe('tea by rpc');
      expect(tracked('rpc')).toBe(before + 1);
      expect(options.monitor.calls).toHaveLength(0);
      expect((await ask(http, '/order')).body.toString()).toBe('by http');
      expect(options.monitor.calls).toHaveLength(1);
    });

    it('with http.interceptor: false only requests flush', async () => {
      const options = { ...ownOptions(), http: { interceptor: false } };
      const { rpc, http } = await hybrid(options, true);
      expect(await tcpClient(rpc).ask('order', 'tea')).toBe('tea by rpc');
      expect(options.monitor.calls).toHaveLength(0);
      expect((await ask(http, '/order')).body.toString()).toBe('by http');
      expect(options.monitor.calls).toHaveLength(1);
    });

    async function gateway(
      options: ReturnType<typeof ownOptions>,
      Gateway: Type = ShopGateway,
    ): Promise<number> {
      const app = await NestFactory.create<INestApplication>(
        { module: Root, imports: [register(options)], providers: [Gateway] },
        adapterOf(platform),
        QUIET,
      );
      closeLater(app);
      app.useWebSocketAdapter(new WsAdapter(app));
      await app.listen(0, '127.0.0.1');
      return (app.getHttpServer().address() as AddressInfo).port;
    }

    it('F1 elects one message to a gateway, and tracks its handler', async () => {
      const options = ownOptions();
      const port = await gateway(options);
      const before = tracked('ws');
      expect(await askByWebSocket(port, 'order', 1)).toEqual(['by ws']);
      await until(() => options.monitor.calls.length === 1, 'the flush');
      expect(await askByWebSocket(port, 'items', 2)).toEqual([1, 2]);
      expect(options.monitor.calls).toHaveLength(1);
      expect(tracked('ws')).toBe(before + 1);
    });

    it('F1 elects one message to a gateway that names the interceptor itself, as Nest 11 needs it', async () => {
      @WebSocketGateway()
      @UseInterceptors(TsmonInterceptor)
      class NamingGateway extends ShopGateway {}
      const options = ownOptions();
      const port = await gateway(options, NamingGateway);
      expect(await askByWebSocket(port, 'order', 1)).toEqual(['by ws']);
      await until(() => options.monitor.calls.length === 1, 'the flush');
      expect(await askByWebSocket(port, 'order', 1)).toEqual(['by ws']);
      expect(options.monitor.calls).toHaveLength(1);
    });

    it('elects no message to a gateway with http.interceptor: false', async () => {
      const options = { ...ownOptions(), http: { interceptor: false } };
      const port = await gateway(options);
      expect(await askByWebSocket(port, 'order', 1)).toEqual(['by ws']);
      expect(options.monitor.calls).toHaveLength(0);
      expect((await ask(port, '/nowhere')).status).toBe(404);
      expect(options.monitor.calls).toHaveLength(1);
    });
  });

  describe.each<[string, HttpPlatform, GqlModuleOptions]>([
    ['Express', 'express', { driver: BareGraphQLDriver }],
    ['Fastify', 'fastify', { driver: BareGraphQLDriver }],
    ['Fastify by Mercurius', 'fastify', { driver: MercuriusDriver }],
  ])('GraphQL on %s', (_name, platform, driver) => {
    async function graphql(options: ReturnType<typeof ownOptions>): Promise<number> {
      const app = await NestFactory.create<INestApplication>(
        {
          module: Root,
          imports: [register(options), GraphQLModule.forRoot({ ...driver, autoSchemaFile: true })],
          providers: [ShopResolver],
        },
        adapterOf(platform),
        QUIET,
      );
      closeLater(app);
      await app.listen(0, '127.0.0.1');
      return (app.getHttpServer().address() as AddressInfo).port;
    }

    const query = (port: number, text: string) =>
      ask(port, '/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text }),
      });

    it('F1 elects one resolver, and tracks it', async () => {
      const options = ownOptions();
      const port = await graphql(options);
      const before = tracked('graphql');
      const { body } = await query(port, '{ order again: order }');
      expect(JSON.parse(body.toString())).toEqual({
        data: { order: 'by graphql', again: 'by graphql' },
      });
      expect(options.monitor.calls).toHaveLength(1);
      expect(tracked('graphql')).toBe(before + 2);
    });

    it('throttler#1437 #2382 nest#10595 "header of undefined": nothing of ours asks a resolver for a response', async () => {
      const options = { ...ownOptions(), http: { interceptor: true, client: true } };
      const port = await graphql(options);
      const { status, body } = await query(port, '{ order }');
      expect(status).toBe(200);
      expect(JSON.parse(body.toString())).toEqual({ data: { order: 'by graphql' } });
    });

    it('F2 a resolver that fails flushes, and fails as ever', async () => {
      const options = ownOptions();
      const port = await graphql(options);
      const { status, body } = await query(port, '{ fail }');
      expect(status).toBe(200);
      expect(body.toString()).toContain('"errors"');
      expect(options.monitor.calls).toHaveLength(1);
    });

    it('F1 with http.interceptor: false the request elects, of which the resolver is a part', async () => {
      const options = { ...ownOptions(), http: { interceptor: false } };
      const port = await graphql(options);
      const { body } = await query(port, '{ order }');
      expect(body.toString()).toContain('by graphql');
      expect(options.monitor.calls).toHaveLength(1);
    });
  });
});
