import { describe, expect, it } from 'vitest';
import { runJobScript } from '../support/job-script.js';

/** What may be thrown at the library, each by a name. */
const HOSTILE = `
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = {
    'an object without a prototype': Object.create(null),
    'a revoked proxy': revoked.proxy,
    'a throwing toString': { toString() { throw new Error('no text'); } },
    'an error without a message': Object.defineProperty(new Error(), 'message', { get() { throw new Error('no'); } }),
  };
`;

/** Serves one route on the adapter, with a flush due in each request, and prints the status of the third answer. */
const SERVE = `
  const { Controller, Get } = await import('@nestjs/common');
  class Shop { hello() { return 'hello'; } }
  Get('hello')(Shop.prototype, 'hello', Object.getOwnPropertyDescriptor(Shop.prototype, 'hello'));
  Controller()(Shop);
  // Nest itself logs while it starts: the logger throws only where it is this library that logs.
  const throwIfOurs = (...args) => {
    if (args.at(-1) === 'Tsmon') throw new Error('the disk is full');
  };
  const throwingLogger = Object.fromEntries(
    ['log', 'warn', 'error', 'debug', 'verbose', 'fatal'].map(level => [level, throwIfOurs]),
  );
  const fail = thrown => Promise.reject(thrown);
  async function serve(name, options, appOptions = { logger: false }) {
    const platform = await import('@nestjs/platform-' + process.env.ADAPTER);
    const Adapter = platform.ExpressAdapter ?? platform.FastifyAdapter;
    const root = { module: class App {}, controllers: [Shop], imports: [tsmon.TsmonModule.forRoot({
      registry: new tsmon.Registry(),
      allocator: new tsmon.InMemoryTaskNumAllocator(),
      monitor: printingMonitor,
      flush: { mode: 'request', intervalSec: 1, timeoutSec: 1 },
      shutdown: { timeoutSec: 1 },
      housekeeping: { cron: false, controller: false },
      ...options,
    })] };
    const app = await NestFactory.create(root, new Adapter(), { ...appOptions, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const url = 'http://127.0.0.1:' + app.getHttpServer().address().port + '/hello';
    const statuses = [];
    for (let i = 0; i < 3; i++) {
      const answer = await fetch(url, { signal: AbortSignal.timeout(20_000), headers: { connection: 'close' } });
      statuses.push(answer.status, await answer.text());
    }
    await app.close();
    console.log(name + ': ' + statuses.join(' '));
  }
  function failingInMemory(thrown) {
    const allocator = new tsmon.InMemoryTaskNumAllocator();
    allocator.assignTaskNumbers = () => fail(thrown);
    return allocator;
  }
  class Failing extends tsmon.TaskNumAllocator {
    expirationSec = 1800;
    constructor(thrown) { super(); this.thrown = thrown; }
    notifyTaskIsAlive() { return fail(this.thrown); }
    assignTaskNumbers() { return fail(this.thrown); }
    release() { return fail(this.thrown); }
  }
`;

const ANSWERED = '200 hello 200 hello 200 hello';
const VALUES = [
  'an object without a prototype',
  'a revoked proxy',
  'a throwing toString',
  'an error without a message',
];

describe.each(['express', 'fastify'])('F2 every request is answered on %s', adapter => {
  const env = { ADAPTER: adapter };

  it('whatever is thrown by allocators, settings, monitors and callbacks', async () => {
    const main = `${HOSTILE}${SERVE}
      for (const [name, thrown] of Object.entries(hostile)) {
        await serve('allocator ' + name, { allocator: new Failing(thrown) });
        await serve('allocator in memory ' + name, { allocator: failingInMemory(thrown) });
        await serve('settings ' + name, { settings: () => fail(thrown) });
        await serve('monitor ' + name, { monitor: { ...printingMonitor, send: () => fail(thrown) } });
        await serve('second monitor ' + name, {
          monitor: [{ ...printingMonitor, send: () => sleep(100).then(() => ({ rejected: [] })) },
                    { ...printingMonitor, send: () => fail(thrown) }],
        });
        const registry = new tsmon.Registry();
        tsmon.registerCallback(() => { throw thrown; }, { registry });
        await serve('callback ' + name, { registry });
      }
    `;
    const { code, lines } = await runJobScript('module', main, env);
    const whose = [
      'allocator',
      'allocator in memory',
      'settings',
      'monitor',
      'second monitor',
      'callback',
    ];
    expect({ code, lines }).toEqual({
      code: 0,
      lines: VALUES.flatMap(value => whose.map(who => `${who} ${value}: ${ANSWERED}`)),
    });
  });

  it('though the logger throws while monitors, allocators and settings fail', async () => {
    const main = `${SERVE}
      const loud = { logger: throwingLogger };
      const down = new Error('down');
      await serve('monitor', { monitor: { ...printingMonitor, send: () => fail(down) } }, loud);
      await serve('monitors', {
        monitor: [printingMonitor, { ...printingMonitor, send: () => fail(down) }],
      }, loud);
      await serve('allocator', { allocator: new Failing(down) }, loud);
      await serve('settings', { settings: () => fail(down) }, loud);
    `;
    const { code, lines } = await runJobScript('module', main, env);
    expect({ code, lines }).toEqual({
      code: 0,
      lines: ['monitor', 'monitors', 'allocator', 'settings'].map(who => `${who}: ${ANSWERED}`),
    });
  });
});
