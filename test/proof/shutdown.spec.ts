import { afterEach, describe, expect, it } from 'vitest';
import { startJobScript } from '../support/job-script.js';
import type { TestProcess } from '../support/processes.js';

const ADAPTERS = ['express', 'fastify'] as const;

/**
 * A server with routes that answer at once and never, whose global module says when it is told of the end, and how
 * long after the signal. What hangs holds no socket: only the library keeps the process alive.
 */
const SERVE = `
  const { Controller, Get } = await import('@nestjs/common');
  const forever = () => new Promise(() => {});
  const orders = new tsmon.Counter('rows');
  class Shop {
    order() { orders.add(1); return 'ordered'; }
    never() { console.log('a request is open'); return forever(); }
  }
  for (const name of ['order', 'never']) {
    Get(name)(Shop.prototype, name, Object.getOwnPropertyDescriptor(Shop.prototype, name));
  }
  Controller()(Shop);
  let signalledAt;
  const elapsed = () => Math.round(performance.now() - signalledAt);
  class LastHook {
    onApplicationShutdown() { console.log('the hooks ran ' + elapsed() + ' ms after the signal'); }
  }
  class Allocator extends tsmon.InMemoryTaskNumAllocator {
    async release(...args) {
      console.log('released ' + elapsed() + ' ms after the signal');
      return super.release(...args);
    }
  }
  async function serve(options, configure = app => app.enableShutdownHooks(), providers = []) {
    const platform = await import('@nestjs/platform-' + process.env.ADAPTER);
    const Adapter = platform.ExpressAdapter ?? platform.FastifyAdapter;
    const root = {
      module: class App {},
      controllers: [Shop],
      providers,
      imports: [
        { module: class Global {}, global: true, providers: [LastHook] },
        tsmon.TsmonModule.forRoot({
          monitor: printingMonitor,
          allocator: new Allocator(),
          flush: { mode: 'background' },
          housekeeping: { cron: false, controller: false },
          ...options,
        }),
      ],
    };
    const app = await NestFactory.create(root, new Adapter(), { logger: ['warn', 'error'] });
    for (const signal of ['SIGTERM', 'SIGINT']) {
      process.prependListener(signal, () => (signalledAt ??= performance.now()));
    }
    await configure(app);
    if (!app.getHttpServer().listening) await app.listen(0, '127.0.0.1');
    // Ours alone would keep the signal from ending the process.
    process.on('removeListener', signal => {
      if (process.listenerCount(signal) === 1) process.removeAllListeners(signal);
    });
    const url = 'http://127.0.0.1:' + app.getHttpServer().address().port;
    await fetch(url + '/order', { headers: { connection: 'close' } });
    if (process.env.OPEN === 'yes') fetch(url + '/never').catch(() => {});
    console.log('serves');
  }
`;

const scripts: TestProcess[] = [];
afterEach(async () => {
  await Promise.all(scripts.splice(0).map(script => script.end('SIGKILL')));
});

async function serve(
  adapter: (typeof ADAPTERS)[number],
  call: string,
  env: Record<string, string> = {},
): Promise<TestProcess> {
  const script = startJobScript('module', `${SERVE}${call}`, { ADAPTER: adapter, ...env });
  scripts.push(script);
  await script.prints(/serves/);
  return script;
}

/** How many milliseconds after the signal something happened, by the clock of the process. */
function msAfterSignal(script: TestProcess, what: string): number {
  const [, ms] = new RegExp(`${what} (\\d+) ms after the signal`).exec(script.output) ?? [];
  return ms === undefined ? Number.POSITIVE_INFINITY : Number(ms);
}

describe.each(ADAPTERS)('F6 a server on %s that is told to end', adapter => {
  it('whose monitor hangs releases its number, runs all hooks, and ends by the signal', async () => {
    const script = await serve(
      adapter,
      `await serve({ monitor: { ...printingMonitor, send: forever } });`,
    );
    expect(await script.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(msAfterSignal(script, 'released')).toBeLessThan(9000);
    expect(msAfterSignal(script, 'the hooks ran')).toBeLessThan(9000);
  });

  it('with a flush under way, and everything hanging, ends within nine seconds', async () => {
    const script = await serve(
      adapter,
      `
      class Hanging extends Allocator {
        async release(...args) { await super.release(...args); await forever(); }
      }
      await serve({
        monitor: { ...printingMonitor, send: forever, close: forever },
        allocator: new Hanging(),
        flush: { mode: 'both', intervalSec: 1, timeoutSec: 1 },
      });
      tsmon.registerCallback(forever);
      await sleep(1500);
      console.log('a flush is under way');
      `,
    );
    await script.prints(/a flush is under way/);
    expect(await script.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(msAfterSignal(script, 'released')).toBeLessThan(8500);
    expect(msAfterSignal(script, 'the hooks ran')).toBeLessThan(9000);
  });

  it('sends and releases within shutdown.timeoutSec although a request stays open', async () => {
    const script = await serve(adapter, `await serve({ shutdown: { timeoutSec: 2 } });`, {
      OPEN: 'yes',
    });
    await script.prints(/a request is open/);
    const ended = script.end('SIGTERM');
    await script.prints(/released/);
    expect(msAfterSignal(script, 'released')).toBeLessThan(2000);
    expect(script.output.match(/sent 1/g)).toHaveLength(2);
    expect(script.output).toContain('since requests are open');
    // Nest itself waits for the request.
    await script.end('SIGKILL');
    await ended;
  });

  it('sends its last flush before other modules shut down, with a database that is still open', async () => {
    const script = await serve(
      adapter,
      `
      let isOpen = true;
      class Database {
        async onModuleDestroy() {
          isOpen = false;
          await sleep(700);
          console.log('the database is closed');
        }
      }
      const open = new tsmon.IntGauge('open');
      tsmon.registerCallback(async () => {
        await sleep(1);
        console.log('the callback meets a database that is ' + (isOpen ? 'open' : 'closed'));
      });
      await serve({}, undefined, [Database]);
      `,
    );
    expect(await script.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    const lines = script.output.split('\n').slice(script.output.split('\n').indexOf('serves') + 1);
    expect(lines.slice(0, 3)).toEqual([
      'the callback meets a database that is open',
      'sent 1',
      'the database is closed',
    ]);
  });

  it.each<[string, string, NodeJS.Signals, object]>([
    [
      'with hooks for all signals, enabled before it listens',
      `app => app.enableShutdownHooks()`,
      'SIGINT',
      { code: null, signal: 'SIGINT' },
    ],
    [
      'with hooks for SIGINT, enabled after it listens',
      `async app => { await app.listen(0, '127.0.0.1'); app.enableShutdownHooks(['SIGINT']); }`,
      'SIGINT',
      { code: null, signal: 'SIGINT' },
    ],
    [
      'with useProcessExit',
      `app => app.enableShutdownHooks([], { useProcessExit: true })`,
      'SIGTERM',
      { code: 0, signal: null },
    ],
  ])('%s ends as Nest ends it', async (_, configure, signal, exit) => {
    const script = await serve(adapter, `await serve({}, ${configure});`);
    expect(await script.end(signal)).toEqual(exit);
    expect(msAfterSignal(script, 'released')).toBeLessThan(
      msAfterSignal(script, 'the hooks ran') + 1,
    );
    expect(script.output).toContain('sent 1');
  });
});
