import { Controller, Get, Param } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RequestsUnderWay } from '../../../lib/flush/requests-under-way.js';
import { closeAfterEach, dial, PLATFORMS, recordedRequests, serve, until } from './harness.js';

const ANSWER_OF: Readonly<Record<string, Promise<string>>> = {
  late: new Promise(() => {}),
  quick: Promise.resolve('quick'),
};

let called: string[] = [];

@Controller('orders')
class OrdersController {
  @Get(':when')
  order(@Param('when') when: string): Promise<string> | undefined {
    called.push(when);
    return ANSWER_OF[when];
  }
}

const get = (path: string): string => `GET /orders/${path} HTTP/1.1\r\nHost: shop\r\n\r\n`;

describe.each(PLATFORMS)('requests that a client sends before it was answered, on %s', platform => {
  closeAfterEach();

  it('are over, and recorded as 499, when the connection breaks, whether they were handled or not', async () => {
    called = [];
    const requests = new RequestsUnderWay(true);
    const served = await serve(platform, { controllers: [OrdersController], requests });
    const { socket } = await dial(served.port);
    socket.write(get('late') + get('quick') + get('late'));
    await until(() => called.length === 3);
    expect(requests.counts).toBe(true);
    socket.destroy();
    expect(await recordedRequests(served, 3)).toEqual(['499 /orders/:when x3']);
    expect(requests.counts).toBe(false);
    expect(served.metrics.responseBytes.get(fields(499))?.sum).toBe(0);
  });

  it('are recorded once each where they are answered, also many on one connection', async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): number => warnings.push(warning);
    process.on('warning', warn);
    const requests = new RequestsUnderWay(true);
    const served = await serve(platform, { controllers: [OrdersController], requests });
    const { socket, received } = await dial(served.port);
    socket.write(get('quick').repeat(30));
    await until(() => received().split('200 OK').length === 31);
    socket.destroy();
    expect(await recordedRequests(served, 30)).toEqual(['200 /orders/:when x30']);
    await until(() => !requests.counts);
    expect(await recordedRequests(served, 30)).toEqual(['200 /orders/:when x30']);
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });
});

const fields = (status: number) => ({ status, name: '/orders/:when', is_robot: false });
