import { once } from 'node:events';
import { type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { selfMadeCertificate } from '../../monitors/prodx/self-made-certificate.js';
import {
  closeAfterEach,
  dial,
  PLATFORMS,
  recordedRequests,
  serve,
  until,
  type Served,
} from './harness.js';
import { OrdersController, QUICK, quickAdapter } from './quick-servers.js';

const GARBAGE = 'nonsense\r\n\r\n';

describe.each(PLATFORMS)('what Node answers by itself on %s', platform => {
  closeAfterEach();

  const start = (options: Partial<Parameters<typeof serve>[1]> = {}): Promise<Served> =>
    serve(platform, {
      controllers: [OrdersController],
      adapter: quickAdapter(platform),
      ...options,
    });

  it('a server with TLS records what it answers, and no failed handshakes', async () => {
    const { certificate, privateKey } = selfMadeCertificate('localhost');
    const tls = { ...QUICK, key: privateKey, cert: certificate };
    class TlsExpressAdapter extends ExpressAdapter {
      override initHttpServer(): void {
        this.setHttpServer(createTlsServer(tls, this.getInstance()));
      }
    }
    const served = await start({
      adapter:
        platform === 'express'
          ? new TlsExpressAdapter()
          : new FastifyAdapter({
              serverFactory: (handler: RequestListener) => createTlsServer(tls, handler),
            }),
    });
    const server = served.app.getHttpServer() as import('node:http').Server;
    server.removeAllListeners('clientError');
    server.on('clientError', (_error, failed) => failed.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { socket: plain } = await dial(served.port);
    plain.write(GARBAGE);
    await until(() => plain.destroyed);
    const socket: Socket = connectTls({
      port: served.port,
      host: '127.0.0.1',
      ca: certificate,
      servername: 'localhost',
    });
    await once(socket, 'secureConnect');
    let text = '';
    socket.on('data', chunk => (text += String(chunk)));
    socket.write(GARBAGE);
    await until(() => text.includes(' 400 '));
    socket.destroy();
    expect(await recordedRequests(served, 1)).toEqual(['400 ']);
  });
});
