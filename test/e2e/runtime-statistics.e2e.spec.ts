import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startJobScript } from '../support/job-script.js';
import type { TestProcess } from '../support/processes.js';

const SERVER = `
  const { Controller, Get } = await import('@nestjs/common');
  const route = (name) => Get(name)(Shop.prototype, name, Object.getOwnPropertyDescriptor(Shop.prototype, name));
  let delays = {};
  const monitor = {
    chunkSize: 0,
    async send(cells) {
      delays = {};
      for (const { metric, fieldValues, value } of cells) {
        if (metric.name === 'nodejs/event_loop/delay') delays[fieldValues[0]] = value;
      }
      return { rejected: [] };
    },
    async close() {},
  };
  class Shop {
    async wait() { await sleep(150); return 'waited'; }
    async block() {
      await sleep(30);
      const end = performance.now() + 400;
      while (performance.now() < end) {}
      return 'blocked';
    }
    async report() { await app.get(tsmon.TsmonService).flush(); return delays; }
  }
  ['wait', 'block', 'report'].forEach(route);
  Controller()(Shop);
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  const root = { module: class App {}, controllers: [Shop], imports: [tsmon.TsmonModule.forRoot({
    monitor,
    flush: { mode: 'background', intervalSec: 900 },
    housekeeping: { cron: false },
  })] };
  const app = await NestFactory.create(root, new ExpressAdapter(), { logger: false });
  app.use((request, response, next) => {
    response.once('close', () => setImmediate(() => console.log('over ' + request.url)));
    next();
  });
  await app.listen(0, '127.0.0.1');
  console.log('port ' + app.getHttpServer().address().port + ';');
`;

const THREADS = `
  const { isMainThread, Worker, threadId, workerData } = require('node:worker_threads');
  const OF_PROCESS = ['nodejs/mem/rss', 'nodejs/cpu/user'];
  async function run(index) {
    let sent = new Set();
    const monitor = {
      chunkSize: 0,
      async send(cells) { sent = new Set(cells.map(({ metric }) => metric.name)); return { rejected: [] }; },
      async close() {},
    };
    const options = { monitor, flush: { mode: 'background', intervalSec: 900 }, housekeeping: { cron: false } };
    const app = await NestFactory.createApplicationContext(tsmon.TsmonModule.forRoot(options), { logger: false });
    return {
      async report() {
        await app.get(tsmon.TsmonService).flush();
        return [...OF_PROCESS, 'nodejs/mem/heap_used', 'nodejs/event_loop/utilization'].filter(name => sent.has(name));
      },
      close: () => app.close(),
    };
  }
  const WORKER = \`
    require('reflect-metadata');
    const { NestFactory } = require('@nestjs/core');
    const tsmon = require('nestjs-tsmon');
    const { parentPort } = require('node:worker_threads');
    const OF_PROCESS = ['nodejs/mem/rss', 'nodejs/cpu/user'];
    \${run}
    const started = run();
    parentPort.on('message', async what => {
      const member = await started;
      const answer = what === 'report' ? await member.report() : await member.close();
      parentPort.postMessage(answer ?? 'closed');
      if (what === 'close') parentPort.close();
    });
  \`;
  const startWorker = () => {
    const worker = new Worker(WORKER, { eval: true });
    const ask = what => new Promise(resolve => { worker.once('message', resolve); worker.postMessage(what); });
    return { report: () => ask('report'), close: () => ask('close'), kill: () => worker.terminate() };
  };
  const LEFT = ['nodejs/mem/heap_used', 'nodejs/event_loop/utilization'];
  const reportsProcess = names => OF_PROCESS.every(name => names.includes(name));
  const reportsNothingOfProcess = names => OF_PROCESS.every(name => !names.includes(name));
  async function round(members) {
    const reports = [];
    for (const member of members) reports.push(await member.report());
    if (!reports.every(names => LEFT.every(name => names.includes(name)))) throw new Error(JSON.stringify(reports));
    return reports.map(names => reportsProcess(names) ? 'all' : reportsNothingOfProcess(names) ? 'own' : 'mixed').join(' ');
  }
  /** Waits for the threads to have heard of each other. */
  async function settled(members, wanted) {
    let last;
    for (let i = 0; i < 200; i++) {
      last = await round(members);
      if (last === wanted) return last;
      await sleep(20);
    }
    return 'never: ' + last;
  }
`;

let child: TestProcess | undefined;

afterEach(async () => {
  await child?.end('SIGKILL');
});

describe('nodejs/event_loop/delay', () => {
  it('leaves out the time in which the process is frozen between requests, and counts code that blocks a request', async () => {
    child = startJobScript('module', SERVER);
    const [, port] = await child.prints(/port (\d+);/);
    const ask = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
    const maxOf = async (): Promise<number> =>
      (JSON.parse(await ask('report')) as { max: number }).max;

    await ask('wait');
    await child.prints(/over \/wait/);
    child.freeze();
    await sleep(4000); // the very thing that is tested
    child.resume();
    await ask('wait');
    expect(await maxOf()).toBeLessThan(1000);

    await ask('block');
    expect(await maxOf()).toBeGreaterThan(300);
  });
});

describe('CPU and memory of a process with worker threads', () => {
  async function outputOf(main: string): Promise<string> {
    child = startJobScript('commonjs', THREADS + main);
    const [, printed] = await child.prints(/RESULT (.*)/);
    return printed!;
  }

  it('are reported by the main thread alone; statistics of a thread by each thread', async () => {
    expect(
      await outputOf(`
        const members = [await run(), startWorker(), startWorker()];
        console.log('RESULT ' + await settled(members, 'all own own'));
      `),
    ).toBe('all own own');
  });

  it('are reported by one worker thread if the main thread does not report, and by another when that one has ended', async () => {
    expect(
      await outputOf(`
        const [one, two, three] = [startWorker(), startWorker(), startWorker()];
        const first = await settled([one, two, three], 'all own own');
        await one.close();
        const second = await settled([two, three], 'all own');
        await two.kill();
        const third = await settled([three], 'all');
        console.log('RESULT ' + [first, second, third].join('; '));
      `),
    ).toBe('all own own; all own; all');
  });
});
