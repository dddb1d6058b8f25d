import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, type INestMicroservice } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import {
  ClientProxyFactory,
  MessagePattern,
  EventPattern,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { firstValueFrom, lastValueFrom, of, toArray, type Observable } from 'rxjs';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import {
  Counter,
  Registry,
  SkipMetrics,
  TrackMetric,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';

/** What is tracked under a name of its own on every transport. */
export const TRACKED = new Registry();

@Controller()
export class ShopController {
  static events = 0;

  @Get('order')
  order(): string {
    return 'by http';
  }

  @MessagePattern('order')
  @SkipMetrics()
  @TrackMetric('rpc', { registry: TRACKED })
  orderByMessage(name: string): string {
    return `${name} by rpc`;
  }

  @MessagePattern('items')
  items(): Observable<number> {
    return of(1, 2, 3);
  }

  @MessagePattern('fail')
  @TrackMetric('rpc_failing', { registry: TRACKED })
  fail(): never {
    throw new Error('failed');
  }

  @EventPattern('ordered')
  ordered(_order: string): void {
    ShopController.events += 1;
  }
}

@WebSocketGateway()
export class ShopGateway {
  @SubscribeMessage('order')
  @SkipMetrics()
  @TrackMetric('ws', { registry: TRACKED })
  order(): object {
    return { event: 'ordered', data: 'by ws' };
  }

  @SubscribeMessage('items')
  items(): Observable<object> {
    return of({ event: 'item', data: 1 }, { event: 'item', data: 2 });
  }
}

@Resolver()
export class ShopResolver {
  @Query(() => String)
  @SkipMetrics()
  @TrackMetric('graphql', { registry: TRACKED })
  order(): string {
    return 'by graphql';
  }

  @Query(() => String)
  fail(): string {
    throw new Error('failed');
  }
}

/** Options that keep an application of a test to itself. Its first handler is elected. */
export function ownOptions(): TsmonModuleOptions & { registry: Registry; monitor: FakeMonitor } {
  return {
    registry: new Registry(),
    monitor: new FakeMonitor(),
    target: { serviceName: 'shop', jobName: 'web' },
    flush: { mode: 'request' },
    housekeeping: { cron: false },
    runtimeStats: false,
  };
}

type Closable = INestApplication | INestMicroservice | ClientProxy | WebSocket;

const open: Closable[] = [];

export function closeLater<T extends Closable>(closable: T): T {
  open.push(closable);
  return closable;
}

/** Clients before servers: those that were opened last first. */
export function closeAllAfterEach(): void {
  afterEach(async () => {
    for (const closable of open.splice(0).toReversed()) {
      await closable.close();
    }
  });
}

/** How many calls were counted under this name. */
export function tracked(name: string, outcome: 'ok' | 'error' = 'ok'): number {
  const count = new Counter(`${name}/count`, { fields: { outcome: 'string' }, registry: TRACKED });
  return count.get({ outcome }) ?? 0;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A client of a microservice by TCP. */
export function tcpClient(port: number): {
  ask(pattern: string, data?: unknown): Promise<unknown>;
  askAll(pattern: string): Promise<unknown[]>;
  emit(pattern: string): Promise<unknown>;
} {
  const client = closeLater(
    ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    }) as unknown as ClientProxy,
  );
  return {
    ask: (pattern, data = '') => firstValueFrom(client.send(pattern, data)),
    askAll: pattern => lastValueFrom(client.send(pattern, '').pipe(toArray())),
    emit: pattern => lastValueFrom(client.emit(pattern, ''), { defaultValue: undefined }),
  };
}

/** Sends an event over a WebSocket, and waits for so many answers. */
export async function askByWebSocket(
  port: number,
  event: string,
  answers: number,
): Promise<unknown[]> {
  const socket = closeLater(new WebSocket(`ws://127.0.0.1:${port}`));
  await once(socket, 'open');
  const received: unknown[] = [];
  const all = new Promise<void>(resolve => {
    socket.on('message', message => {
      received.push((JSON.parse(String(message)) as { data: unknown }).data);
      if (received.length === answers) {
        resolve();
      }
    });
  });
  socket.send(JSON.stringify({ event, data: {} }));
  await all;
  return received;
}

/** Sends a query of GraphQL over a WebSocket, and waits for its result. */
export async function queryByWebSocket(port: number, query: string): Promise<unknown> {
  const { received, end } = await subscribeByWebSocket(port, query);
  await end;
  return received[0];
}

/** An operation of GraphQL over a WebSocket, with the results so far. */
interface GraphQLSubscription {
  readonly received: unknown[];
  /** Fulfilled when the server has ended the operation. */
  readonly end: Promise<void>;
  leave(): void;
}

export async function subscribeByWebSocket(
  port: number,
  query: string,
): Promise<GraphQLSubscription> {
  const socket = closeLater(
    new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws'),
  );
  await once(socket, 'open');
  const send = (message: object): void => socket.send(JSON.stringify(message));
  const received: unknown[] = [];
  const end = new Promise<void>(resolve => {
    socket.on('message', text => {
      const { type, payload } = JSON.parse(String(text)) as { type: string; payload?: unknown };
      if (type === 'connection_ack') {
        send({ type: 'subscribe', id: '1', payload: { query } });
      } else if (type === 'next') {
        received.push(payload);
      } else if (type === 'complete') {
        resolve();
      }
    });
  });
  send({ type: 'connection_init' });
  return { received, end, leave: () => send({ type: 'complete', id: '1' }) };
}
