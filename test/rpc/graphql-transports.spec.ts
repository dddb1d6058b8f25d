import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule, type GqlModuleOptions } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { startApp, type HttpPlatform } from '../support/test-app.js';
import { BareGraphQLDriver } from '../http/server/bare-graphql-driver.js';
import { ask, until } from '../http/server/harness.js';
import {
  closeAllAfterEach,
  closeLater,
  ownOptions,
  queryByWebSocket,
  ShopResolver,
  tracked,
} from './transports.js';
import { QUIET, adapterOf, Root, interceptedTypes } from './transport-apps.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(TWO_REGISTRATIONS)('by %s', (_way, register) => {
  closeAllAfterEach();

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
