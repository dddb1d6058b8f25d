import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';

export function createApplication(module: Type): Promise<INestApplication> {
  return NestFactory.create(module, new ExpressAdapter(), { logger: ['error', 'fatal'] });
}
