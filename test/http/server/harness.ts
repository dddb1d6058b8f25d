import { once } from 'node:events';
import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import {
  Inject,
  Module,
  type INestApplication,
  type ModuleMetadata,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach } from 'vitest';
import { systemClock, type Clock } from '../../../lib/clock/clock.js';
import type { ElectRequest } from '../../../lib/flush/election.js';
import { RequestsUnderWay } from '../../../lib/flush/requests-under-way.js';
import { HttpHooks } from '../../../lib/http/server/http-hooks.js';
import { HttpMetrics } from '../../../lib/http/server/http-metrics.js';
import { httpOptions, type HttpOptions } from '../../../lib/http/server/http-options.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import { Task } from '../../../lib/targets/task.js';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

@Module({})
class HooksModule implements OnModuleInit {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(HttpHooks) private readonly hooks: HttpHooks,
  ) {}

  onModuleInit(): void {
    this.hooks.install(this.host.httpAdapter);
  }
}

export interface Served {
  readonly app: INestApplication;
  readonly port: number;
  readonly hooks: HttpHooks;
  readonly metrics: HttpMetrics;
  readonly registry: Registry;
}

interface ServeOptions extends ModuleMetadata {
  readonly http?: HttpOptions;
  /** Asked at the end of a response; nobody is elected where it is left out. */
  readonly elect?: ElectRequest;
  /** Asked in its place for requests that should not wait. */
  readonly electReluctantly?: ElectRequest;
  readonly requests?: RequestsUnderWay;
  readonly clock?: Clock;
  /** An adapter of the platform, where the usual one is not meant. */
  readonly adapter?: AbstractHttpAdapter;
  readonly configure?: (app: INestApplication) => void | Promise<void>;
}

const open: INestApplication[] = [];
const sockets: Socket[] = [];

/** Leaves nothing behind, whatever a test did. */
export function closeAfterEach(): void {
  afterEach(async () => {
    for (const socket of sockets.splice(0)) {
      socket.destroy();
    }
    for (const app of open.splice(0)) {
      const server = app.getHttpServer() as { closeAllConnections(): void };
      server.closeAllConnections();
      await app.close();
    }
  });
}

/** An application with the hooks, on a free port. */
export async function serve(platform: Platform, options: ServeOptions): Promise<Served> {
  const {
    http,
    elect = () => undefined,
    electReluctantly = () => undefined,
    requests = new RequestsUnderWay(true),
    clock = systemClock,
    configure,
    adapter = newAdapter(platform),
    ...metadata
  } = options;
  const registry = new Registry();
  const settings = httpOptions.check(http, 'http');
  const metrics = new HttpMetrics(registry, settings);
  const hooks = new HttpHooks(
    metrics,
    settings,
    clock,
    { isDue: true, elect, electReluctantly },
    requests,
  );
  const root = {
    module: HooksModule,
    ...metadata,
    providers: [{ provide: HttpHooks, useValue: hooks }, ...(metadata.providers ?? [])],
  };
  const app = await NestFactory.create(root, adapter, { logger: false, abortOnError: false });
  open.push(app);
  await configure?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port, hooks, metrics, registry };
}

const newAdapter = (platform: Platform): AbstractHttpAdapter =>
  platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Question {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer | readonly (string | Buffer)[];
  readonly agent?: Agent;
}

/** A request over a real socket. A body in parts is sent chunked. */
export async function ask(port: number, path: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent } = question;
  const outgoing = request({
    port,
    host: '127.0.0.1',
    path,
    method,
    headers,
    agent: agent ?? false,
  });
  if (Array.isArray(body)) {
    for (const part of body as (string | Buffer)[]) {
      outgoing.write(part);
    }
    outgoing.end();
  } else {
    outgoing.end(body);
  }
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  return {
    status: response.statusCode!,
    headers: response.headers,
    body: Buffer.concat(chunks),
  };
}

/** A bare connection, for what no HTTP client would do. */
export async function dial(port: number): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.setEncoding('latin1').on('data', chunk => (text += String(chunk)));
  socket.on('error', () => {});
  await once(socket, 'connect');
  return { socket, received: () => text };
}

/** Waits for something that happens on its own, and fails when it does not. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error(`Waited in vain for ${what}.`);
    }
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

export interface Recorded {
  readonly status: number;
  readonly name: string;
  readonly robot: boolean;
  readonly count: number;
}

/** All that was recorded so far. */
export function recorded({ registry }: Pick<Served, 'registry'>): Recorded[] {
  const target = new Task({ serviceName: 's', jobName: 'j' });
  return storeOf(registry)
    .snapshot(registry.instanceMetrics(), target)
    .filter(cell => cell.metric.name === 'http/server_response_status')
    .map(cell => {
      const [status, name, robot] = cell.fieldValues as [number, string, boolean];
      return { status, name, robot, count: cell.value as number };
    });
}

/** Waits until `count` requests are recorded, and gives what they were, most simply. */
export async function recordedRequests(
  served: Pick<Served, 'registry'>,
  count: number,
): Promise<string[]> {
  const total = (): number => recorded(served).reduce((sum, { count: n }) => sum + n, 0);
  await until(
    () => total() >= count,
    `${count} requests; recorded: ${JSON.stringify(recorded(served))}`,
  );
  return recorded(served)
    .map(({ status, name, count: n }) => `${status} ${name}${n === 1 ? '' : ` x${n}`}`)
    .sort();
}

/** The sums of the bytes of all requests with this status and name. */
export function bytes(
  { metrics }: Pick<Served, 'metrics'>,
  status: number,
  name: string,
): { in?: number; out?: number } {
  const fields = { status, name, is_robot: false };
  return {
    in: metrics.requestBytes.get(fields)?.sum,
    out: metrics.responseBytes.get(fields)?.sum,
  };
}
