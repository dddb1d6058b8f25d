import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Datastore } from '@google-cloud/datastore';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { systemClock, type Clock } from '../../lib/clock/clock.js';
import { Counter, registerCallback, TsmonModule } from '../../lib/entry/index.js';
import { GoogleTokens } from '../../lib/routes/google-tokens.js';
import { ACCOUNT, AUDIENCE } from '../routes/fake-google.js';
import { startApp, type HttpPlatform } from '../support/test-app.js';
import type { BackendUrls } from './backends.js';
import { monitorsOfApp } from './monitors-of-app.js';

// To be run with --expose-gc.
declare const gc: () => void;

const ATTEMPTS = 30;
const urls = JSON.parse(process.env.BACKENDS!) as BackendUrls;
const orders = new Counter('shop/orders');

/** What is kept of each request, with large objects of the application in it. */
interface Kept {
  readonly name: string;
}

const user = new AsyncLocalStorage<Kept>();
const all: { readonly name: string; readonly kept: WeakRef<Kept> }[] = [];

function keep(name: string, goOn: () => void): void {
  const kept = { name };
  all.push({ name, kept: new WeakRef(kept) });
  user.run(kept, goOn);
}

@Controller('orders')
class OrdersController {
  @Get()
  async order(): Promise<string> {
    orders.add(1);
    await sleep(1);
    return `ordered by ${user.getStore()?.name}`;
  }
}

registerCallback(() => sleep(1));

let shiftMs = 0;
const clock: Clock = {
  now: () => systemClock.now() + shiftMs,
  monotonicNow: () => systemClock.monotonicNow() + shiftMs,
  after: (...args) => systemClock.after(...args),
};

const { app, url } = await startApp(
  {
    imports: [
      TsmonModule.forRoot({
        datastore: new Datastore(),
        taskNumbers: { selfAssign: true },
        monitor: monitorsOfApp(urls, clock),
        settings: () => sleep(1, {}),
        flush: { mode: 'both' },
        http: { client: true },
        housekeeping: { auth: { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] } } },
        status: { enabled: true, auth: 'none' },
      }),
    ],
    controllers: [OrdersController],
  },
  process.env.PLATFORM as HttpPlatform,
  one => (process.env.PLATFORM === 'express' ? useOnExpress(one) : useOnFastify(one)),
  builder =>
    builder
      .overrideProvider('TSMON_CLOCK')
      .useValue(clock)
      .overrideProvider(GoogleTokens)
      .useValue(new GoogleTokens(clock, urls.certificates)),
);
// Three intervals later: the timer of the flush and that of the settings are late, and requests take over.
process.on('SIGUSR2', () => {
  shiftMs += 180_000;
  process.stdout.write(`later by ${shiftMs / 1000} s\n`);
});
process.once('SIGHUP', () => void tellWhatIsKept());
process.once('SIGTERM', () => void app.close().then(() => process.exit()));
process.stdout.write(`listens on ${url}\n`);

function useOnExpress(one: INestApplication): void {
  one.use((request: { url: string }, _response: unknown, next: () => void) =>
    keep(request.url, next),
  );
}

function useOnFastify(one: INestApplication): void {
  const fastify = one.getHttpAdapter().getInstance() as {
    addHook(
      name: 'onRequest',
      hook: (request: { url: string }, reply: unknown, done: () => void) => void,
    ): void;
  };
  fastify.addHook('onRequest', (request, _reply, done) => keep(request.url, done));
}

/** Prints the requests of which something is kept, however much garbage is collected. */
async function tellWhatIsKept(): Promise<void> {
  const left = (): string[] => all.filter(({ kept }) => kept.deref()).map(({ name }) => name);
  for (let attempt = 0; attempt < ATTEMPTS && left().length > 0; attempt++) {
    await sleep(20);
    gc();
  }
  process.stdout.write(`of ${all.length} kept: ${JSON.stringify(left())}\n`);
}
