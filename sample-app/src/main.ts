import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { createHttpAdapter } from './http-adapter.js';

/** Idle connections must not keep the process alive after SIGTERM. */
const KEEP_ALIVE_MS = 1000;

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, await createHttpAdapter(process.env.ADAPTER));
  // Without this there is no last flush.
  app.enableShutdownHooks();
  app.getHttpServer().keepAliveTimeout = KEEP_ALIVE_MS;
  await app.listen(process.env.PORT ?? 3000, '0.0.0.0');
  new Logger('Shop').log(`The shop is open at ${await app.getUrl()}/items`);
}

bootstrap().catch((error: unknown) => {
  new Logger('Shop').fatal(error);
  process.exit(1);
});
