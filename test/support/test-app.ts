import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';

/** The HTTP platforms that the library supports. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type HttpPlatform = (typeof PLATFORMS)[number];

/** An application that listens on a free port. */
export interface TestApp {
  readonly app: INestApplication;
  readonly url: string;
}

/** Starts an application of these modules on a real socket. The caller closes it. */
export async function startApp(
  metadata: ModuleMetadata,
  platform: HttpPlatform = 'express',
  configure: (app: INestApplication) => void = () => {},
  override: (builder: TestingModuleBuilder) => unknown = () => {},
): Promise<TestApp> {
  const builder = Test.createTestingModule(metadata);
  override(builder);
  const testingModule = await builder.compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = testingModule.createNestApplication(adapter as ExpressAdapter, { logger: false });
  configure(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}` };
}
