import { Controller, Get, Res, Sse } from '@nestjs/common';
import { interval, map, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { rawOf, type AnyResponse } from './held-answers.js';
import { ask, closeAfterEach, dial, PLATFORMS, recordedRequests, serve, until } from './harness.js';

/** How long a handler works before it answers, and between the parts of its answer. */
const WORK_MS = 20;
const PAUSE_MS = 5000;

const clock = new ManualClock();

@Controller('answers')
class AnswersController {
  @Get('whole')
  whole(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    clock.advance(WORK_MS);
    raw.writeHead(200);
    clock.advance(PAUSE_MS);
    raw.end('whole');
  }

  @Get('parts')
  parts(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.writeHead(200);
    clock.advance(WORK_MS);
    raw.write('first');
    clock.advance(PAUSE_MS);
    raw.write('second');
    clock.advance(PAUSE_MS);
    raw.end('last');
  }

  @Get('headers-first')
  headersFirst(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    clock.advance(WORK_MS);
    raw.flushHeaders();
    clock.advance(PAUSE_MS);
    raw.end('body');
  }

  @Get('endless')
  endless(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    clock.advance(WORK_MS);
    raw.flushHeaders();
  }

  @Get('never')
  never(@Res() response: AnyResponse): void {
    rawOf(response);
    clock.advance(WORK_MS);
  }

  @Get('wrong-length')
  wrongLength(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.strictContentLength = true;
    raw.setHeader('content-length', 3);
    clock.advance(WORK_MS);
    try {
      raw.end('longer');
    } catch {
      raw.destroy();
    }
  }

  @Sse('events')
  events(): unknown {
    clock.advance(WORK_MS);
    return interval(5).pipe(
      take(3),
      map(data => {
        clock.advance(PAUSE_MS);
        return { data };
      }),
    );
  }
}

describe.each(PLATFORMS)('the duration of a response on %s', platform => {
  closeAfterEach();

  async function durationOf(path: string, status: number, request: (port: number) => unknown) {
    const served = await serve(platform, { controllers: [AnswersController], clock });
    await request(served.port);
    await recordedRequests(served, 1);
    return served.metrics.durations.get({ status, name: `/answers/${path}`, is_robot: false });
  }

  async function hangUp(port: number, path: string, when: (text: string) => boolean) {
    const { socket, received } = await dial(port);
    const before = clock.monotonicNow();
    socket.write(`GET /answers/${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => when(received()) && clock.monotonicNow() > before, 'the handler');
    clock.advance(PAUSE_MS);
    socket.destroy();
  }

  it('lasts until the last byte where it is sent as a whole, also if its headers were set before', async () => {
    const duration = await durationOf('whole', 200, port => ask(port, '/answers/whole'));
    expect(duration?.sum).toBe(WORK_MS + PAUSE_MS);
  });

  it.each(['parts', 'headers-first', 'events'])(
    'lasts until the first byte where it is a stream: %s',
    async path => {
      const duration = await durationOf(path, 200, port => ask(port, `/answers/${path}`));
      expect([duration?.count, duration?.sum]).toEqual([1, WORK_MS]);
    },
  );

  it('lasts until the first byte of a stream that a client leaves', async () => {
    const duration = await durationOf('endless', 200, port =>
      hangUp(port, 'endless', text => text.includes('\r\n\r\n')),
    );
    expect(duration?.sum).toBe(WORK_MS);
  });

  it('lasts until the end of the connection where end() threw after the headers', async () => {
    const duration = await durationOf('wrong-length', 200, port =>
      ask(port, '/answers/wrong-length').catch(() => undefined),
    );
    expect(duration?.sum).toBe(WORK_MS);
  });

  it('lasts until the client hangs up where nothing was sent', async () => {
    const duration = await durationOf('never', 499, port => hangUp(port, 'never', () => true));
    expect(duration?.sum).toBe(WORK_MS + PAUSE_MS);
  });
});
