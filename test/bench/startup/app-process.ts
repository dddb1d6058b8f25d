import 'reflect-metadata';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Controller, Get, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { cpuMs } from '../cpu-time.js';

/** When an application has come so far, in milliseconds since its process began. */
export interface StartTimes {
  readonly listeningMs: number;
  /** Of all threads, until then. */
  readonly cpuMs: number;
  /** To a request that is sent as soon as the application listens. */
  readonly firstResponseMs: number;
}

const [platform, entry] = process.argv.slice(2);

@Controller()
class HelloController {
  @Get()
  hello(): string {
    return 'hello';
  }
}

@Module({ controllers: [HelloController] })
class AppModule {}

/** The module as it is published, with nothing set. */
async function ours(url: string): Promise<DynamicModule> {
  const { TsmonModule } = (await import(url)) as typeof import('../../../lib/entry/index.js');
  return TsmonModule.forRoot();
}

const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const imports = entry === undefined ? [] : [await ours(entry)];
const app: INestApplication = await NestFactory.create(
  { module: AppModule, imports },
  adapter as ExpressAdapter,
  { logger: false },
);
await app.listen(0, '127.0.0.1');
const listeningMs = performance.now();
const listeningCpuMs = cpuMs();
const [response] = (await once(get(await app.getUrl()), 'response')) as [IncomingMessage];
await once(response.resume(), 'end');
const times: StartTimes = {
  listeningMs,
  cpuMs: listeningCpuMs,
  firstResponseMs: performance.now(),
};
process.send!(times, () => process.exit());
