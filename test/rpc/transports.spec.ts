import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import {
  Controller,
  Get,
  Scope,
  UseInterceptors,
  type INestApplication,
  type NestHybridApplicationOptions,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketGateway } from '@nestjs/websockets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TsmonInterceptor } from '../../lib/entry/index.js';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { PLATFORMS, startApp } from '../support/test-app.js';
import { ask, until } from '../http/server/harness.js';
import {
  askByWebSocket,
  closeAllAfterEach,
  closeLater,
  freePort,
  ownOptions,
  ShopController,
  ShopGateway,
  tcpClient,
  tracked,
} from './transports.js';
import { QUIET, adapterOf, Root, interceptedTypes } from './transport-apps.js';

beforeEach(() => {
  ShopController.events = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(TWO_REGISTRATIONS)('by %s', (_way, register) => {
  closeAllAfterEach();

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

    it('F1 is not called for HTTP handlers, whose requests are elected by hooks', async () => {
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

    it('F1 does nothing in request-scoped controllers, and in those that name it', async () => {
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
});
