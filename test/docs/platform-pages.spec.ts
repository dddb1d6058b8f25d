import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, type INestApplicationContext, type OnModuleDestroy } from '@nestjs/common';
import * as common from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Queue, Worker } from 'bullmq';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import * as library from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { prometheusMissing, startPrometheus } from '../prometheus/prometheus-tools.js';
import { freePort } from '../rpc/transports.js';
import { until } from '../support/processes.js';
import { WrittenApplication, type Packages } from './readme-application.js';
import { blocksOf } from './readme-markdown.js';
import { likeAFreshMachine, TIMEOUT_MS } from './readme-setting.js';
import { filesOf } from './readme-typescript.js';

const { Counter, Registry, TsmonModule } = library;
const REDIS = '/usr/bin/redis-server';
const PACKAGES: Packages = {
  '@nestjs/common': common,
  '@nestjs/core': { NestFactory },
  'nestjs-tsmon': library,
};

@common.Module({})
class Root {}

interface ScrapeConfig {
  scrape_configs: { metrics_path: string }[];
}

afterEach(() => {
  Logger.overrideLogger(false);
  vi.unstubAllEnvs();
});

describe('docs/cloud-run-jobs.md', { timeout: TIMEOUT_MS }, () => {
  it('has a job whose last flush sends what it recorded', async () => {
    likeAFreshMachine();
    const log: string[] = [];
    const note = (message: unknown): unknown => log.push(...String(message).split('\n'));
    Logger.overrideLogger({ log: note, warn: note, error: note });
    await new WrittenApplication(new Map(filesOf('docs/cloud-run-jobs.md')), PACKAGES).run(
      'src/job.ts',
    );
    expect(log.filter(line => /^ *import\/rows +1 /.test(line))).toHaveLength(1);
  });
});

describe('docs/queue-workers.md', { timeout: TIMEOUT_MS }, () => {
  /** The class that the page shows. */
  async function mailWorker(): Promise<new (worker: Worker) => OnModuleDestroy> {
    let shown: unknown;
    const files = new Map(filesOf('docs/queue-workers.md'));
    files.set(
      'test.ts',
      `import { keep } from 'keep'; import { MailWorker } from './src/mail-worker.js'; keep(MailWorker);`,
    );
    const keep = (found: unknown): unknown => (shown = found);
    await new WrittenApplication(files, { ...PACKAGES, keep: { keep } }).run('test.ts');
    return shown as new (worker: Worker) => OnModuleDestroy;
  }

  it.skipIf(!existsSync(REDIS))(
    'has a worker whose last flush sends the job that ended during the shutdown',
    async () => {
      const port = await freePort();
      const redis = spawn(REDIS, ['--port', String(port), '--save', '', '--appendonly', 'no']);
      const connection = { host: '127.0.0.1', port };
      const registry = new Registry();
      const mails = new Counter('mails/sent', { registry });
      const monitor = new FakeMonitor();
      let began = false;
      let end = (): void => {};
      const worker = new Worker(
        'mails',
        async () => {
          began = true;
          await new Promise<void>(resolve => (end = resolve));
          mails.add(1);
        },
        { connection },
      );
      const queue = new Queue('mails', { connection });
      let app: INestApplicationContext | undefined;
      try {
        const MailWorker = await mailWorker();
        app = await NestFactory.createApplicationContext(
          {
            module: Root,
            imports: [TsmonModule.forRoot({ registry, monitor, flush: { mode: 'background' } })],
            providers: [{ provide: MailWorker, useFactory: () => new MailWorker(worker) }],
          },
          { logger: false },
        );
        await queue.add('welcome', {});
        await until('the job has begun', () => began);
        const closed = app.close();
        await until('the worker closes', () => worker.closing !== undefined);
        end();
        await closed;
        const sent = monitor.calls.flatMap(({ cells }) => cells);
        expect(sent.findLast(({ metric }) => metric.name === 'mails/sent')?.value).toBe(1);
      } finally {
        end();
        await worker.close();
        await queue.close();
        redis.kill();
      }
    },
  );
});

describe.skipIf(prometheusMissing)('docs/prometheus.md', { timeout: TIMEOUT_MS }, () => {
  const shown = blocksOf('docs/prometheus.md').find(({ text }) => text.includes('scrape_configs'))!;

  it('has a configuration that promtool accepts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tsmon-scrape-'));
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, shown.text);
    const { status, stderr } = spawnSync('promtool', ['check', 'config', file]);
    await rm(folder, { recursive: true });
    expect([status, String(stderr)]).toEqual([0, '']);
  });

  it('names a path that a real Prometheus scrapes', async () => {
    const registry = new Registry();
    new Counter('shop/scraped', { registry }).add(3);
    const app = await NestFactory.create(
      {
        module: Root,
        imports: [
          TsmonModule.forRoot({
            registry,
            monitor: new FakeMonitor(),
            status: { enabled: true, auth: 'none' },
          }),
        ],
      },
      { logger: false },
    );
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as { port: number };
    const [{ metrics_path: path }] = (parse(shown.text) as ScrapeConfig).scrape_configs as [
      { metrics_path: string },
    ];
    const prometheus = await startPrometheus(`127.0.0.1:${port}`, path);
    try {
      const value = await until('Prometheus has the counter', async () => {
        const series = await prometheus.query('shop_scraped_total').catch(() => []);
        return series[0]?.value[1];
      });
      expect(value).toBe('3');
    } finally {
      await prometheus.stop();
      await app.close();
    }
  });
});
