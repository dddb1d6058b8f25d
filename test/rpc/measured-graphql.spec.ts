import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule, type GqlModuleOptions } from '@nestjs/graphql';
import { MercuriusDriver } from '@nestjs/mercurius';
import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { TsmonModule } from '../../lib/entry/index.js';
import { HttpMetrics } from '../../lib/http/server/http-metrics.js';
import { BareGraphQLDriver } from '../http/server/bare-graphql-driver.js';
import { ask, until } from '../http/server/harness.js';
import type { HttpPlatform } from '../support/test-app.js';
import { feed, MeasuredResolver } from './measured-shop.js';
import { recordedCalls } from './recorded-calls.js';
import { adapterOf, QUIET, Root } from './transport-apps.js';
import {
  closeAllAfterEach,
  closeLater,
  ownOptions,
  subscribeByWebSocket,
  tracked,
} from './transports.js';

async function graphql(
  options: ReturnType<typeof ownOptions>,
  platform: HttpPlatform,
  driver: object,
): Promise<number> {
  const app = await NestFactory.create<INestApplication>(
    {
      module: Root,
      imports: [
        TsmonModule.forRoot(options),
        GraphQLModule.forRoot({
          ...driver,
          autoSchemaFile: true,
          // Without this no resolver of a field passes an interceptor at all.
          fieldResolverEnhancers: ['interceptors'],
        } as GqlModuleOptions),
      ],
      providers: [MeasuredResolver],
    },
    adapterOf(platform),
    QUIET,
  );
  closeLater(app);
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as AddressInfo).port;
}

const query = async (port: number, text: string): Promise<unknown> => {
  const { body } = await ask(port, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text }),
  });
  return (JSON.parse(body.toString()) as { data: unknown }).data;
};

describe('an operation of GraphQL', () => {
  closeAllAfterEach();
  beforeEach(() => {
    feed.items = new Subject();
  });

  describe.each<[string, HttpPlatform, object]>([
    ['Express', 'express', { driver: BareGraphQLDriver }],
    ['Fastify', 'fastify', { driver: BareGraphQLDriver }],
    ['Fastify by Mercurius', 'fastify', { driver: MercuriusDriver }],
  ])('on %s', (_name, platform, driver) => {
    it('is measured by the root fields of the schema, whatever names the client gives, and not by further fields', async () => {
      const options = ownOptions();
      const port = await graphql(options, platform, driver);
      const text = 'query Mine { user { name friend { friend { name } } } again: user { name } }';
      expect(await query(port, text)).toMatchObject({ again: { name: 'Ada' } });
      expect(await query(port, 'mutation { rename(name: "Bob") { name } }')).toEqual({
        rename: { name: 'Bob' },
      });
      expect(recordedCalls(options.registry)).toEqual([
        'graphql Mutation.rename ok 1',
        'graphql Query.user ok 2',
      ]);
    });

    it('is measured beside the HTTP request that it came by', async () => {
      const options = ownOptions();
      const port = await graphql(options, platform, driver);
      await query(port, '{ user { name } }');
      const { responseStatus } = new HttpMetrics(options.registry);
      const fields = { status: 200, name: '/graphql', is_robot: false };
      await until(() => responseStatus.get(fields) === 1, 'the HTTP metrics');
      expect(recordedCalls(options.registry)).toEqual(['graphql Query.user ok 1']);
    });

    it('that fails is measured as an error, and one with @SkipMetrics() not at all', async () => {
      const options = ownOptions();
      const port = await graphql(options, platform, driver);
      await query(port, '{ fail { name } }');
      await query(port, '{ hidden { name } }');
      expect(recordedCalls(options.registry)).toEqual(['graphql Query.fail error 1']);
    });
  });

  it.each(['ends', 'is left by its client'])(
    'that subscribes is measured once when the subscription %s, and by @TrackMetric() too',
    async how => {
      const options = ownOptions();
      const port = await graphql(options, 'fastify', {
        driver: MercuriusDriver,
        subscription: { fullWsTransport: true },
      });
      const before = tracked('subscribed');
      const subscription = await subscribeByWebSocket(port, 'subscription { items }');
      await until(() => feed.items.observed, 'the subscription');
      feed.items.next(1);
      await until(() => subscription.received.length === 1, 'the first item');
      expect(recordedCalls(options.registry)).toEqual([]);
      if (how === 'ends') {
        feed.items.complete();
      } else {
        subscription.leave();
      }
      await until(() => recordedCalls(options.registry).length === 1, 'the end');
      expect(recordedCalls(options.registry)).toEqual(['graphql Subscription.items ok 1']);
      expect(tracked('subscribed')).toBe(before + 1);
    },
  );
});
