import 'reflect-metadata';
import { Body, Controller, Get, Post, Res, Sse, UseGuards } from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import { systemClock, type Clock } from '../../../lib/clock/clock.js';
import { TsmonModule, type Monitor } from '../../../lib/entry/index.js';
import { startApp, type HttpPlatform } from '../../support/test-app.js';

const MINUTE_MS = 60_000;

let sent = 0;

/** Sends nothing but the news that there is something to send, and counts what was answered. */
const monitor: Monitor = {
  chunkSize: 0,
  async send(_cells, _endTime, signal) {
    const options = { method: 'POST', headers: { connection: 'close' }, signal };
    const response = await fetch(process.env.BACKEND!, options);
    await response.text();
    sent += 1;
    return { rejected: [] };
  },
  async close() {},
};

interface SendingResponse {
  send(body: string): void;
}

@Controller()
class ShopController {
  @Get('value')
  value(): string {
    return 'value';
  }

  @Get('res')
  res(@Res() response: SendingResponse): void {
    response.send('sent by itself');
  }

  @Get('refused')
  @UseGuards({ canActivate: () => false })
  refused(): void {}

  @Sse('events')
  events(): Observable<object> {
    return of({ data: 'one' }, { data: 'two' });
  }

  @Post('orders')
  order(@Body() order: object): object {
    return order;
  }
}

let shiftMs = 0;
const clock: Clock = {
  now: () => systemClock.now() + shiftMs,
  monotonicNow: () => systemClock.monotonicNow() + shiftMs,
  after: (...args) => systemClock.after(...args),
};

type Next = () => void;

interface Reply {
  statusCode: number;
  end(body: string): void;
}

function answerAtOnce(request: { url: string }, response: Reply, next: Next): void {
  if (request.url === '/login') {
    response.statusCode = 401;
    response.end('log in first');
  } else {
    next();
  }
}

const { url } = await startApp(
  {
    imports: [
      TsmonModule.forRoot({
        monitor,
        flush: { mode: 'request' },
        housekeeping: { cron: false },
        runtimeStats: false,
      }),
    ],
    controllers: [ShopController],
  },
  process.env.PLATFORM as HttpPlatform,
  app => app.use(answerAtOnce),
  builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
);
process.on('SIGUSR2', () => {
  shiftMs += MINUTE_MS;
  process.stdout.write(`a flush is due, after ${sent}\n`);
});
process.stdout.write(`listens on ${url}\n`);
