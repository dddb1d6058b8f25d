import type { AbstractHttpAdapter } from '@nestjs/core';

/** Creates the adapter that `ADAPTER` names: `express`, the default, or `fastify`. */
export async function createHttpAdapter(name = 'express'): Promise<AbstractHttpAdapter> {
  switch (name) {
    case 'express': {
      const { ExpressAdapter } = await import('@nestjs/platform-express');
      return new ExpressAdapter();
    }
    case 'fastify': {
      const { FastifyAdapter } = await import('@nestjs/platform-fastify');
      return new FastifyAdapter();
    }
    default:
      throw new Error(`ADAPTER must be express or fastify, got "${name}".`);
  }
}
