import 'reflect-metadata';
import { Module, type ExecutionContext } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { vi } from 'vitest';
import { TsmonInterceptor } from '../../lib/entry/index.js';
import { type HttpPlatform } from '../support/test-app.js';

export const QUIET = { logger: false, abortOnError: false } as const;

export const adapterOf = (platform: HttpPlatform): ExpressAdapter =>
  platform === 'express'
    ? new ExpressAdapter()
    : (new FastifyAdapter() as unknown as ExpressAdapter);

@Module({})
export class Root {}

/** The kinds of calls that pass the interceptor from now on. */
export function interceptedTypes(): string[] {
  const types: string[] = [];
  const intercept = Reflect.get(TsmonInterceptor.prototype, 'intercept') as (
    ...args: [ExecutionContext, never]
  ) => never;
  vi.spyOn(TsmonInterceptor.prototype, 'intercept').mockImplementation(function (
    this: TsmonInterceptor,
    context,
    next,
  ) {
    types.push(context.getType());
    return intercept.call(this, context, next as never);
  });
  return types;
}
