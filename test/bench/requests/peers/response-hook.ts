import type { INestApplication } from '@nestjs/common';
import type { Request, RequestHandler, Response } from 'express';
import type { FastifyInstance } from 'fastify';
import type { Platform } from '../variants.js';

export interface Labels {
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

type Record = (labels: Labels, seconds: number) => void;

/** Calls `record` after each response, in the way that the platform's documentation shows. */
export function afterEachResponse(app: INestApplication, platform: Platform, record: Record): void {
  if (platform === 'express') {
    app.use(expressMiddleware(record));
  } else {
    addFastifyHook(app.getHttpAdapter().getInstance() as FastifyInstance, record);
  }
}

export function expressMiddleware(record: Record): RequestHandler {
  return (request: Request, response: Response, next) => {
    const start = process.hrtime.bigint();
    response.on('finish', () => {
      const { path = '' } = (request.route ?? {}) as { path?: string };
      const labels = { method: request.method, route: path, status: response.statusCode };
      record(labels, Number(process.hrtime.bigint() - start) / 1e9);
    });
    next();
  };
}

function addFastifyHook(fastify: FastifyInstance, record: Record): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? '';
    record({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1e3);
    done();
  });
}
