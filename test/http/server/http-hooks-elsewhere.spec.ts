import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { cats } from './cats.js';
import { ask, bytes, closeAfterEach, recordedRequests } from './harness.js';

interface Reply {
  code(status: number): Reply;
  send(body: string): Reply;
}

describe('HttpHooks elsewhere', () => {
  closeAfterEach();

  it('records requests that another server hands to an Express application', async () => {
    const served = await cats('express');
    const handler = served.app.getHttpAdapter().getInstance() as (
      req: unknown,
      res: unknown,
    ) => void;
    const foreign = createServer((req, res) => handler(req, res)).listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    await ask((foreign.address() as { port: number }).port, '/cats/1/toys/2');
    expect(await recordedRequests(served, 1)).toEqual(['200 /cats/:id/toys/:toy']);
    foreign.closeAllConnections();
    foreign.close();
  });

  it('records requests that are injected into a Fastify application', async () => {
    const served = await cats('fastify');
    const fastify = served.app.getHttpAdapter().getInstance() as {
      inject(o: object): Promise<unknown>;
    };
    await fastify.inject({ method: 'POST', url: '/cats', payload: { a: 1 } });
    expect(await recordedRequests(served, 1)).toEqual(['201 /cats']);
    expect(bytes(served, 201, '/cats')).toEqual({ in: 7, out: '{"type":"object"}'.length });
  });

  it('records what a hook refused that was added before, on Fastify', async () => {
    const served = await cats('fastify', {
      configure: app => {
        const fastify = app.getHttpAdapter().getInstance() as {
          addHook(name: string, hook: (request: unknown, reply: Reply) => Promise<unknown>): void;
        };
        fastify.addHook('onRequest', async (_request, reply) => reply.code(429).send('slowly'));
      },
    });
    await ask(served.port, '/cats/1/toys/2');
    expect(await recordedRequests(served, 1)).toEqual(['429 /cats/:id/toys/:toy']);
  });

  it('does nothing without an HTTP server, and on a platform that it does not know', async () => {
    const served = await cats('express');
    served.hooks.install(undefined);
    served.hooks.install({ getType: () => 'other' } as never);
    await ask(served.port, '/cats');
    expect(await recordedRequests(served, 1)).toEqual(['200 /cats']);
  });
});
