import type { FastifyInstance } from 'fastify';
import fastifyMetrics from 'fastify-metrics';
import type { Subject } from '../subject.js';

export const subject: Subject = {
  async install(app) {
    const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
    await fastify.register(fastifyMetrics.default, { endpoint: '/metrics' });
  },
};
