import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, CronExpression, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import type { Job, Queue } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { Counter, Registry, TrackMetric, type TrackedCall } from '../../lib/entry/index.js';
import { until } from '../http/server/harness.js';
import { freePort } from '../rpc/transports.js';

const REDIS = '/usr/bin/redis-server';
const registry = new Registry();

class Nightly {
  @Cron(CronExpression.EVERY_YEAR, { name: 'above' })
  @TrackMetric('jobs/above', { registry })
  async above(): Promise<void> {}

  @TrackMetric('jobs/below', { registry })
  @Cron(CronExpression.EVERY_YEAR, { name: 'below' })
  below(): never {
    throw new Error('failed');
  }
}

@Processor('emails')
class Emails extends WorkerHost {
  @TrackMetric('jobs/emails', {
    registry,
    fields: { job: 'string' },
    map: ({ args: [{ name }] }: TrackedCall<[Job]>) => ({ job: name }),
  })
  async process({ data }: Job<{ fails: boolean }>): Promise<void> {
    if (data.fails) {
      throw new Error('failed');
    }
  }
}

const counted = (name: string, fields: Record<string, string>): number => {
  const declared = Object.fromEntries(Object.keys(fields).map(field => [field, 'string' as const]));
  const count = new Counter(`${name}/count`, { fields: declared, registry });
  return count.get(fields as never) ?? 0;
};

describe('@TrackMetric()', () => {
  it('counts jobs of @Cron, above and below it', async () => {
    @Module({ imports: [ScheduleModule.forRoot()], providers: [Nightly] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false });
    await app.init();
    const jobs = app.get(SchedulerRegistry);
    await jobs.getCronJob('above').fireOnTick();
    await jobs.getCronJob('below').fireOnTick();
    await app.close();
    expect(counted('jobs/above', { outcome: 'ok' })).toBe(1);
    expect(counted('jobs/below', { outcome: 'error' })).toBe(1);
  });

  it.skipIf(!existsSync(REDIS))(
    'counts jobs of a queue by the processor of @nestjs/bullmq, on a real Redis',
    { timeout: 20_000 },
    async () => {
      const port = await freePort();
      const redis = spawn(REDIS, ['--port', String(port), '--save', '', '--appendonly', 'no']);
      try {
        @Module({
          imports: [
            BullModule.forRoot({ connection: { host: '127.0.0.1', port } }),
            BullModule.registerQueue({ name: 'emails' }),
          ],
          providers: [Emails],
        })
        class App {}
        const app = await NestFactory.createApplicationContext(App, { logger: false });
        const queue = app.get<Queue>(getQueueToken('emails'));
        await queue.add('welcome', { fails: false });
        await queue.add('reminder', { fails: true });
        await until(() => counted('jobs/emails', { job: 'welcome', outcome: 'ok' }) === 1);
        await until(() => counted('jobs/emails', { job: 'reminder', outcome: 'error' }) === 1);
        expect(counted('jobs/emails', { job: 'welcome', outcome: 'error' })).toBe(0);
        await app.close();
      } finally {
        redis.kill();
      }
    },
  );
});
