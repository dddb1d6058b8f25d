import 'reflect-metadata';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type {
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  GrpcObject,
  ServiceClientConstructor,
  ServiceError,
} from '@grpc/grpc-js';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TsmonModule, type TsmonModuleOptions } from '../../lib/entry/index.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';
import { until } from '../http/server/harness.js';
import { GrpcShop, NotFoundFilter, SHOP_PROTO, type Item } from './grpc-shop.js';
import { recordedCalls } from './recorded-calls.js';
import { Root, QUIET } from './transport-apps.js';
import { closeAllAfterEach, closeLater, freePort, ownOptions } from './transports.js';

const load = createRequire(import.meta.url);
const grpc = load('@grpc/grpc-js') as typeof import('@grpc/grpc-js');
const loader = load('@grpc/proto-loader') as typeof import('@grpc/proto-loader');
const definition = grpc.loadPackageDefinition(loader.loadSync(SHOP_PROTO));
const ShopClient = (definition.shop as GrpcObject).Shop as ServiceClientConstructor;

interface ShopMethods {
  order(item: Item, options: object, done: Done): { cancel(): void };
  hidden(item: Item, done: Done): void;
  list(item: Item, metadata?: object): ClientReadableStream<Item>;
  chat(): ClientDuplexStream<Item, Item>;
  raw(): ClientDuplexStream<Item, Item>;
}

type Done = (error: ServiceError | null, item?: Item) => void;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a microservice by gRPC', () => {
  closeAllAfterEach();

  async function shop(given: TsmonModuleOptions = {}) {
    const options = { ...ownOptions(), ...given };
    const url = `127.0.0.1:${await freePort()}`;
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(
      { module: Root, imports: [TsmonModule.forRoot(options)], controllers: [GrpcShop] },
      {
        ...QUIET,
        transport: Transport.GRPC,
        options: { url, package: 'shop', protoPath: SHOP_PROTO },
      },
    );
    app.useGlobalFilters(new NotFoundFilter());
    closeLater(app);
    await app.listen();
    const client = new ShopClient(url, grpc.credentials.createInsecure());
    closeLater({ close: () => client.close() } as never);
    return {
      client: client as Client as Client & ShopMethods,
      calls: () => recordedCalls(options.registry),
      exemplars: () =>
        storeOf(options.registry)
          .snapshot(
            options.registry.instanceMetrics(),
            new Task({ serviceName: 's', jobName: 'j' }),
          )
          .flatMap(cell => cell.exemplars ?? []),
    };
  }

  /** The code that the client sees; 0 for an answer. */
  const order = (client: ShopMethods, name: string, options = {}): Promise<number> =>
    new Promise(resolve => {
      client.order({ name }, options, error => resolve(error?.code ?? 0));
    });

  it('is measured by method, with the status that the client sees', async () => {
    const { client, calls } = await shop();
    expect(await order(client, 'tea')).toBe(0);
    expect(await order(client, 'tea')).toBe(0);
    expect(await order(client, 'aborted')).toBe(grpc.status.ABORTED);
    expect(await order(client, 'unknown')).toBe(grpc.status.UNKNOWN);
    expect(calls()).toEqual([
      'grpc Shop/Order ABORTED 1',
      'grpc Shop/Order OK 2',
      'grpc Shop/Order UNKNOWN 1',
    ]);
  });

  it('is measured with the status that an exception filter has made of the error', async () => {
    const { client, calls } = await shop();
    expect(await order(client, 'not found')).toBe(grpc.status.NOT_FOUND);
    expect(calls()).toEqual(['grpc Shop/Order NOT_FOUND 1']);
  });

  it('is measured where the client cancels, or its deadline passes', async () => {
    const { client, calls } = await shop();
    const call = client.order({ name: 'never' }, {}, () => {});
    await until(() => GrpcShop.waiting === 1, 'the handler');
    call.cancel();
    await until(() => calls().length === 1, 'the cancelled call');
    expect(await order(client, 'never', { deadline: Date.now() + 200 })).toBe(
      grpc.status.DEADLINE_EXCEEDED,
    );
    await until(() => calls().length === 2, 'the call that took too long');
    expect(calls()).toEqual(['grpc Shop/Order CANCELLED 1', 'grpc Shop/Order DEADLINE_EXCEEDED 1']);
  });

  it('keeps the trace that its metadata names as an exemplar', async () => {
    const { client, exemplars } = await shop();
    const metadata = new grpc.Metadata();
    metadata.set('x-cloud-trace-context', `${'a'.repeat(32)}/255;o=1`);
    await new Promise(done => client.order({ name: 'tea' }, metadata, done));
    expect(exemplars()).toMatchObject([{ traceId: 'a'.repeat(32), spanId: '00000000000000ff' }]);
    metadata.set('traceparent', `00-${'b'.repeat(32)}-${'c'.repeat(16)}-01`);
    const stream = client.list({ name: 'data loss' }, metadata);
    await expect(stream.toArray()).rejects.toThrow('lost');
    expect(exemplars()).toContainEqual(
      expect.objectContaining({ traceId: 'b'.repeat(32), spanId: 'c'.repeat(16) }),
    );
  });

  it('is measured until its stream has ended, failed or was cancelled', async () => {
    const { client, calls } = await shop();
    const whole = client.list({ name: 'tea' });
    expect(await whole.toArray()).toEqual([{ name: 'tea' }, { name: 'tea' }]);
    await expect(client.list({ name: 'data loss' }).toArray()).rejects.toMatchObject({
      code: grpc.status.DATA_LOSS,
    });
    const endless = client.list({ name: 'endless' });
    await once(endless, 'data');
    expect(calls()).toEqual(['grpc Shop/List DATA_LOSS 1', 'grpc Shop/List OK 1']);
    endless.on('error', () => {});
    endless.cancel();
    await until(() => calls().length === 3, 'the cancelled stream');
    expect(calls()[0]).toBe('grpc Shop/List CANCELLED 1');
  });

  it.each(['chat', 'raw'] as const)(
    'is measured once where both sides stream: %s',
    async method => {
      const { client, calls } = await shop();
      const both = client[method]();
      both.write({ name: 'tea' });
      await once(both, 'data');
      both.end();
      await once(both, 'end');
      await until(() => calls().length === 1, 'the call');
      expect(calls()).toEqual([`grpc Shop/${method === 'chat' ? 'Chat' : 'Raw'} OK 1`]);
    },
  );

  it('is not measured with @SkipMetrics(), nor with rpc.enabled false', async () => {
    const hide = (client: ShopMethods): Promise<unknown> =>
      new Promise(resolve => client.hidden({ name: 'tea' }, resolve));
    const on = await shop();
    expect(await hide(on.client)).toBeNull();
    expect(on.calls()).toEqual([]);
    const off = await shop({ rpc: { enabled: false } });
    expect(await order(off.client, 'tea')).toBe(0);
    expect(off.calls()).toEqual([]);
  });
});
