import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TWO_REGISTRATIONS } from '../support/registrations.js';
import { until } from '../http/server/harness.js';
import {
  closeAllAfterEach,
  closeLater,
  freePort,
  ownOptions,
  ShopController,
  tcpClient,
  tracked,
} from './transports.js';
import { QUIET, Root } from './transport-apps.js';

beforeEach(() => {
  ShopController.events = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(TWO_REGISTRATIONS)('by %s', (_way, register) => {
  closeAllAfterEach();

  describe('a microservice without HTTP', () => {
    async function microservice(options: ReturnType<typeof ownOptions>): Promise<number> {
      const port = await freePort();
      const app = await NestFactory.createMicroservice<MicroserviceOptions>(
        { module: Root, imports: [register(options)], controllers: [ShopController] },
        { ...QUIET, transport: Transport.TCP, options: { host: '127.0.0.1', port } },
      );
      closeLater(app);
      await app.listen();
      return port;
    }

    it('F1 elects one message, and tracks its handler', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      const before = tracked('rpc');
      expect(await client.ask('order', 'tea')).toBe('tea by rpc');
      expect(options.monitor.calls).toHaveLength(1);
      expect(await client.ask('order', 'tea')).toBe('tea by rpc');
      expect(options.monitor.calls).toHaveLength(1);
      expect(tracked('rpc')).toBe(before + 2);
    });

    it('F2 keeps the end of the answer until the flush has ended', async () => {
      const options = ownOptions();
      let accept = (): void => {};
      options.monitor.answer = () =>
        new Promise(resolve => {
          accept = () => resolve({ rejected: [] });
        });
      const client = tcpClient(await microservice(options));
      let ended = false;
      const end = client.askAll('items').then(answers => {
        ended = true;
        return answers;
      });
      await until(() => options.monitor.calls.length === 1);
      await new Promise(resolve => setTimeout(resolve, 15));
      expect(ended).toBe(false);
      options.monitor.answer = () => ({ rejected: [] });
      accept();
      expect(await end).toEqual([1, 2, 3]);
    });

    it('F2 a handler that fails flushes, and fails as ever', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      const before = tracked('rpc_failing', 'error');
      await expect(client.ask('fail')).rejects.toMatchObject({ message: 'Internal server error' });
      expect(options.monitor.calls).toHaveLength(1);
      expect(tracked('rpc_failing', 'error')).toBe(before + 1);
    });

    it('passes every item of an Observable, and flushes once', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      expect(await client.askAll('items')).toEqual([1, 2, 3]);
      expect(options.monitor.calls).toHaveLength(1);
    });

    it('elects an event, which nobody waits for', async () => {
      const options = ownOptions();
      const client = tcpClient(await microservice(options));
      await client.emit('ordered');
      await until(() => ShopController.events === 1);
      await until(() => options.monitor.calls.length === 1, 'the flush');
      expect(ShopController.events).toBe(1);
    });
  });
});
