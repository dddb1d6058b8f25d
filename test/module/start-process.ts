import 'reflect-metadata';
import { createRequire } from 'node:module';
import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TsmonModule } from '../../lib/entry/index.js';
import { until } from '../support/processes.js';

const { cache } = createRequire(import.meta.url);
const isLoaded = (): boolean =>
  Object.keys(cache).some(path => path.includes('/node_modules/@google-cloud/datastore/'));

@Module({ imports: [TsmonModule.forRoot()] })
class AppModule {}

/** Starts the application as its main file does, in the way that the environment names. */
async function start(): Promise<{ close(): Promise<void> }> {
  const logger = ['error' as const];
  if (process.env.APP === 'standalone') {
    return await NestFactory.createApplicationContext(AppModule, { logger });
  }
  const adapter = process.env.APP === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app: INestApplication = await NestFactory.create(AppModule, adapter as ExpressAdapter, {
    logger,
  });
  await app.listen(0);
  return app;
}

const app = await start();
process.stdout.write(`started, loaded: ${isLoaded()}\n`);
await until('the package is loaded', isLoaded);
process.stdout.write('loaded later\n');
await app.close();
