import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { dial, until, type Platform } from './harness.js';

interface RawResponse {
  raw?: RawResponse;
  hijack?(): void;
  write(chunk: string): void;
}

@Controller()
export class OrdersController {
  static entered: () => void = () => {};

  @Get('orders/:id')
  order(): string {
    return 'order';
  }

  @Get('never/:id')
  never(@Res() _response: unknown): void {
    OrdersController.entered();
  }

  @Get('streams/:id')
  streams(@Res() response: RawResponse): void {
    response.hijack?.();
    (response.raw ?? response).write('some');
    OrdersController.entered();
  }

  @Post('orders')
  create(@Body() _body: unknown): string {
    return 'created';
  }
}

/** Node looks for late requests every 30 s, unless its server is made with another interval. */
export const QUICK: ServerOptions = {
  connectionsCheckingInterval: 10,
  headersTimeout: 80,
  requestTimeout: 80,
};

class QuickExpressAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.setHttpServer(createServer(QUICK, this.getInstance()));
  }
}

export const quickAdapter = (platform: Platform): AbstractHttpAdapter =>
  platform === 'express'
    ? new QuickExpressAdapter()
    : new FastifyAdapter({
        serverFactory: (handler: RequestListener) => createServer(QUICK, handler),
      });

export const entered = (): Promise<void> =>
  new Promise(resolve => {
    OrdersController.entered = resolve;
  });

/** Sends what no client would, and gives the status line that comes back. */
export async function answerTo(port: number, text: string): Promise<string> {
  const { socket, received } = await dial(port);
  socket.write(text);
  await until(() => received().includes('\r\n') || socket.destroyed, 'an answer');
  return received().split('\r\n', 1)[0]!;
}
