import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import {
  Controller,
  Get,
  Module,
  Scope,
  UseInterceptors,
  type DynamicModule,
  type ExecutionContext,
  type INestApplication,
  type NestHybridApplicationOptions,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule, type GqlModuleOptions } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TsmonInterceptor } from '../../lib/entry/index.js';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { PLATFORMS, startApp, type HttpPlatform } from '../support/test-app.js';
import { BareGraphQLDriver } from '../http/server/bare-graphql-driver.js';
import { ask, until } from '../http/server/harness.js';
import {
  askByWebSocket,
  closeAllAfterEach,
  closeLater,
  freePort,
  ownOptions,
  queryByWebSocket,
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
afterEach(() => {
  vi.restoreAllMocks();
});

/** The kinds of calls that pass the interceptor from now on. */
function interceptedTypes(): string[] {
  const types: string[] = [];
  const intercept = Reflect.get(TsmonInterceptor.prototype, 'intercept') as (
    ...args: [ExecutionContext, never]
  ) => never;
  vi.spyOn(TsmonInterceptor.prototype, 'intercept').mockImplementation(function (
    this: TsmonInterceptor,
    context,
    next,
  ) {
    types.push(context.getType());
    return intercept.call(this, context, next as never);
  });
  return types;
}

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
      start: 'before listen' | 'after listen' = 'before listen',
      hybridOptions: NestHybridApplicationOptions = {},
    ): Promise<Hybrid> {
      const rpc = await freePort();
      const app = await NestFactory.create<INestApplication>(
        { module: Root, imports: [register(options)], controllers: [ShopController] },
        adapterOf(platform),
        QUIET,
      );
      closeLater(app);
      const startMicroservice = async (): Promise<void> => {
        app.connectMicroservice<MicroserviceOptions>(
          { transport: Transport.TCP, options: { host: '127.0.0.1', port: rpc } },
          { inheritAppConfig, ...hybridOptions },
        );
        await app.startAllMicroservices();
      };
      if (start === 'before listen') {
        await startMicroservice();
      }
      await app.listen(0, '127.0.0.1');
      if (start === 'after listen') {
        await startMicroservice();
      }
      return { app, rpc, http: (app.getHttpServer().address() as AddressInfo).port };
    }

    it.each([
      ['before listen', {}],
      ['before listen', { deferInitialization: true }],
      ['after listen', {}],
      ['after listen', { deferInitialization: true }],
    ] as const)(
      'F1 a hybrid application with inheritAppConfig elects messages of a microservice started %s with %j',
      async (start, hybridOptions) => {
        const intercepted = interceptedTypes();
        const options = ownOptions();
        const { rpc, http } = await hybrid(options, true, start, hybridOptions);
        expect(await tcpClient(rpc).ask('order', 'tea')).toBe('tea by rpc');
        expect(options.monitor.calls).toHaveLength(1);
        expect((await ask(http, '/order')).body.toString()).toBe('by http');
        expect(options.monitor.calls).toHaveLength(1);
        expect(intercepted).toEqual(['rpc']);
      },
    );

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

    it('F1 is passed by no handler of HTTP, whose requests elect all the same', async () => {
      const intercepted = interceptedTypes();
      const options = ownOptions();
      const { app, url } = await startApp(
        { imports: [register(options)], controllers: [ShopController] },
        platform,
      );
      closeLater(app);
      expect(await (await fetch(`${url}/order`)).text()).toBe('by http');
      expect(options.monitor.calls).toHaveLength(1);
      expect(intercepted).toEqual([]);
    });

    it('F1 is nothing but passed by request-scoped controllers, and by those that name it', async () => {
      @Controller({ path: 'scoped', scope: Scope.REQUEST })
      class ScopedController {
        @Get()
        get(): string {
          return 'scoped';
        }
      }
      @Controller('naming')
      @UseInterceptors(TsmonInterceptor)
      class NamingController {
        @Get()
        get(): string {
          return 'naming';
        }
      }
      const handed = vi.spyOn(TsmonInterceptor.prototype, 'intercept');
      const options = ownOptions();
      const { app, url } = await startApp(
        { imports: [register(options)], controllers: [ScopedController, NamingController] },
        platform,
      );
      closeLater(app);
      let accept = (): void => {};
      options.monitor.answer = () =>
        new Promise(resolve => (accept = () => resolve({ rejected: [] })));
      let answered = false;
      const answer = fetch(`${url}/scoped`).then(response => {
        answered = true;
        return response.text();
      });
      await until(() => options.monitor.calls.length === 1, 'the flush');
      expect(await (await fetch(`${url}/naming`)).text()).toBe('naming');
      expect(answered).toBe(false);
      options.monitor.answer = () => ({ rejected: [] });
      accept();
      expect(await answer).toBe('scoped');
      expect(handed).toHaveBeenCalledTimes(2);
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
  });

  it('F1 elects requests on an HTTP adapter that has no hooks, and puts the interceptor outside all others', async () => {
    class OtherAdapter extends ExpressAdapter {
      override getType(): string {
        return 'other';
      }
    }
    const intercepted = interceptedTypes();
    const options = ownOptions();
    const app = await NestFactory.create<INestApplication>(
      { module: Root, imports: [register(options)], controllers: [ShopController] },
      new OtherAdapter(),
      QUIET,
    );
    closeLater(app);
    const others: string[] = [];
    app.useGlobalInterceptors({
      intercept: (_context, next) => {
        others.push(...intercepted);
        return next.handle();
      },
    });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    expect((await ask(port, '/order')).body.toString()).toBe('by http');
    expect(options.monitor.calls).toHaveLength(1);
    expect(others).toEqual(['http']);
  });

  it('F1 elects an operation of GraphQL that comes by WebSocket, when its resolver has ended', async () => {
    const options = ownOptions();
    const { app, url } = await startApp(
      {
        imports: [
          register(options),
          GraphQLModule.forRoot({
            driver: MercuriusDriver,
            autoSchemaFile: true,
            subscription: {
              fullWsTransport: true,
              // The request whose connection has become a WebSocket, which hooks have seen.
              context: (_socket: unknown, request: object) => ({ req: request }),
            },
          } as GqlModuleOptions),
        ],
        providers: [ShopResolver],
      },
      'fastify',
    );
    closeLater(app);
    expect(await queryByWebSocket(Number(new URL(url).port), '{ order }')).toEqual({
      data: { order: 'by graphql' },
    });
    expect(options.monitor.calls).toHaveLength(1);
  });

  describe.each<[string, HttpPlatform, GqlModuleOptions]>([
    ['Express', 'express', { driver: BareGraphQLDriver }],
    ['Fastify', 'fastify', { driver: BareGraphQLDriver }],
    ['Fastify by Mercurius', 'fastify', { driver: MercuriusDriver }],
  ])('GraphQL on %s', (_name, platform, driver) => {
    async function graphql(
      options: ReturnType<typeof ownOptions>,
      importsOf: (...both: [DynamicModule, DynamicModule]) => DynamicModule[] = (...both) => both,
    ): Promise<number> {
      const app = await NestFactory.create<INestApplication>(
        {
          module: Root,
          imports: importsOf(
            register(options),
            GraphQLModule.forRoot({ ...driver, autoSchemaFile: true }),
          ),
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

    it.each<[string, Parameters<typeof graphql>[1]]>([
      ['before GraphQL', (ours, theirs) => [ours, theirs]],
      ['after GraphQL', (ours, theirs) => [theirs, ours]],
      [
        'after a module with GraphQL',
        (ours, theirs) => [{ module: Root, imports: [theirs] }, ours],
      ],
    ])(
      'F1 resolvers pass the interceptor where the module is imported %s',
      async (_when, importsOf) => {
        const intercepted = interceptedTypes();
        const port = await graphql(ownOptions(), importsOf);
        expect((await query(port, '{ order }')).body.toString()).toContain('by graphql');
        expect(intercepted).toEqual(['graphql']);
      },
    );

    it('F2 the answer waits for the flush, and the resolvers do not', async () => {
      const options = ownOptions();
      const port = await graphql(options);
      let accept = (): void => {};
      options.monitor.answer = () =>
        new Promise(resolve => (accept = () => resolve({ rejected: [] })));
      const before = tracked('graphql');
      let answered = false;
      const answer = query(port, '{ order again: order }').then(got => {
        answered = true;
        return got;
      });
      await until(() => options.monitor.calls.length === 1, 'the flush');
      expect(tracked('graphql')).toBe(before + 2);
      await new Promise(resolve => setTimeout(resolve, 15));
      expect(answered).toBe(false);
      options.monitor.answer = () => ({ rejected: [] });
      accept();
      expect((await answer).body.toString()).toContain('by graphql');
    });

    it('F1 elects one request, and tracks its resolvers', async () => {
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
      const options = { ...ownOptions(), http: { client: true } };
      const port = await graphql(options);
      const { status, body } = await query(port, '{ order }');
      expect(status).toBe(200);
      expect(JSON.parse(body.toString())).toEqual({ data: { order: 'by graphql' } });
    });

    it('F2 a request whose resolver fails flushes, and fails as ever', async () => {
      const options = ownOptions();
      const port = await graphql(options);
      const { status, body } = await query(port, '{ fail }');
      expect(status).toBe(200);
      expect(body.toString()).toContain('"errors"');
      expect(options.monitor.calls).toHaveLength(1);
    });
  });
});
