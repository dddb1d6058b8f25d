import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  Catch,
  Controller,
  Get,
  HttpException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, it } from 'vitest';
import {
  ask,
  bytes,
  closeAfterEach,
  PLATFORMS,
  recordedRequests,
  serve,
  type Platform,
  type Served,
} from './harness.js';

class OutOfStock extends Error {}

@Controller('orders')
class OrdersController {
  @Get('empty')
  empty(): never {
    throw new OutOfStock('none left');
  }

  @Get('forbidden')
  forbidden(): never {
    throw new HttpException('no', 403);
  }
}

/** Changes the status of some failures, and makes a success of another. */
@Catch()
class StatusFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const status = exception instanceof OutOfStock ? 409 : 200;
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { status }, status);
  }
}

interface Express {
  (request: unknown, response: unknown): void;
  get(
    path: string,
    handler: (
      request: unknown,
      response: { status(n: number): { send(body: string): void } },
    ) => void,
  ): void;
  use(path: string, application: Express): void;
}

const newExpress = (): Express => new ExpressAdapter().getInstance<Express>();

interface Fastify {
  get(path: string, handler: (request: unknown, reply: { code(n: number): void }) => unknown): void;
  register(
    plugin: (fastify: Fastify, options: unknown, done: () => void) => void,
    options?: object,
  ): void;
}

/** The platform's own routes, which Nest knows nothing of. */
function mountOwnRoutes(platform: Platform, instance: unknown): void {
  if (platform === 'fastify') {
    (instance as Fastify).register(
      (fastify, _options, done) => {
        fastify.get('/items/:id', (_request, reply) => {
          reply.code(203);
          return 'item';
        });
        done();
      },
      { prefix: '/own' },
    );
    return;
  }
  const items = newExpress();
  items.get('/items/:id', (_request, response) => response.status(203).send('item'));
  (instance as Express).use('/own', items);
}

describe.each(PLATFORMS)('beside Nest on %s', platform => {
  closeAfterEach();

  it('records the status that an exception filter chose', async () => {
    const served = await serve(platform, {
      controllers: [OrdersController],
      configure: app => {
        app.useGlobalFilters(new StatusFilter(app.get(HttpAdapterHost)));
      },
    });
    await ask(served.port, '/orders/empty');
    await ask(served.port, '/orders/forbidden');
    expect(await recordedRequests(served, 2)).toEqual([
      '200 /orders/forbidden',
      '409 /orders/empty',
    ]);
  });

  it('R3 records routes of the platform itself, by their template, and lets them elect', async () => {
    let asked = 0;
    const served: Served = await serve(platform, {
      controllers: [OrdersController],
      elect: () => {
        asked += 1;
        return undefined;
      },
      configure: app => {
        app.setGlobalPrefix('api');
        mountOwnRoutes(platform, app.getHttpAdapter().getInstance());
      },
    });
    expect((await ask(served.port, '/own/items/1')).status).toBe(203);
    expect((await ask(served.port, '/own/items/2')).body.toString()).toBe('item');
    await ask(served.port, '/api/orders/forbidden');
    expect(await recordedRequests(served, 3)).toEqual([
      '203 /own/items/:id x2',
      '403 /api/orders/forbidden',
    ]);
    expect(bytes(served, 203, '/own/items/:id').out).toBe(8);
    expect(asked).toBe(3);
  });
});

describe('an Express application in another one', () => {
  closeAfterEach();

  it('R3 records what it is handed, once, under its mount, and holds it when it is elected', async () => {
    let asked = 0;
    const served = await serve('express', {
      controllers: [OrdersController],
      elect: async () => {
        asked += 1;
        await new Promise(resolve => setTimeout(resolve, 5));
      },
    });
    const outer = newExpress();
    outer.get('/outside', (_request, response) => response.status(200).send('outside'));
    outer.use('/shop', served.app.getHttpAdapter().getInstance() as Express);
    const server = createServer(outer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect((await ask(port, '/outside')).status).toBe(200);
    expect((await ask(port, '/shop/orders/forbidden')).status).toBe(403);
    expect(await recordedRequests(served, 1)).toEqual(['403 /shop/orders/forbidden']);
    expect(asked).toBe(1);
    server.closeAllConnections();
    server.close();
  });
});
