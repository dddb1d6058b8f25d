import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { createHttpAdapter } from './http-adapter.js';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, await createHttpAdapter(process.env.ADAPTER));
  // Shutdown hooks allow a last flush. useProcessExit ends the first process of a container, which ignores Nest's signal.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(process.env.PORT ?? 3000, '0.0.0.0');
  new Logger('Shop').log(`The shop is open at ${await app.getUrl()}/items`);
}

bootstrap().catch((error: unknown) => {
  new Logger('Shop').fatal(error);
  process.exit(1);
});
