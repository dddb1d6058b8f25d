import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { SUBJECTS } from './subject.js';
import type { Platform, Variant } from './variants.js';

@Controller()
class TrivialController {
  @Get('trivial')
  trivial(): object {
    return { name: 'Tom', lives: 9 };
  }
}

@Module({ controllers: [TrivialController] })
class ServerModule {}

/** One server of the benchmark, in a process of its own: it tells its port, and then what CPU time it took. */
async function main([platform, variant]: [Platform, Variant]): Promise<void> {
  const { imports = [], install } = await SUBJECTS[variant]();
  const app = await NestFactory.create<INestApplication>(
    { module: ServerModule, imports },
    await adapterOf(platform),
    { logger: false },
  );
  await install?.(app, platform);
  const server = app.getHttpServer() as Server;
  server.keepAliveTimeout = 0; // a server waits while the others are measured
  await app.listen(0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  process.send?.({ port });
  // Without a collection before: it drops the shapes of requests, and with them the code that was optimized for them.
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuUs: user + system });
  });
  process.on('disconnect', () => process.exit());
}

async function adapterOf(platform: Platform): Promise<AbstractHttpAdapter> {
  if (platform === 'express') {
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return new ExpressAdapter();
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter() as AbstractHttpAdapter;
}

void main(process.argv.slice(2) as [Platform, Variant]);
