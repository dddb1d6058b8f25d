import { readFileSync } from 'node:fs';
import { Injectable, Logger, type INestApplication } from '@nestjs/common';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  Counter,
  HousekeepingService,
  InMemoryTaskNumAllocator,
  IntGauge,
  Registry,
  registerCallback,
  registerGlobalCallback,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { closeAppsAfterEach, ownOptions, startWith } from './app.js';

const INSTANCES = 8;
const SMALL_NUMBERS = 3;

closeAppsAfterEach();
afterEach(() => {
  vi.restoreAllMocks();
});

describe('what users said of cron jobs', () => {
  it('schedule#273 #312 #1840 "@Cron runs on every instance": of many only those with the smallest numbers work', async () => {
    const allocator = new InMemoryTaskNumAllocator();
    const assign = vi.spyOn(allocator, 'assignTaskNumbers');
    const clock = new ManualClock();
    const instances: INestApplication[] = [];
    for (let i = 0; i < INSTANCES; i++) {
      const { app } = await startWith(
        { ...ownOptions(), allocator, housekeeping: { cron: true, auth: 'closed' } },
        { imports: [ScheduleModule.forRoot()], clock },
      );
      instances.push(app);
    }
    clock.advance(60_000);
    assign.mockClear();
    for (const app of instances) {
      await app.get(SchedulerRegistry).getCronJob('tsmon-housekeeping').fireOnTick();
    }
    expect(assign).toHaveBeenCalledTimes(SMALL_NUMBERS);
  });

  it('schedule#2053 "a running tick is not awaited at the end": one that hangs neither holds up the end nor breaks it', async () => {
    const options = { ...ownOptions(), shutdown: { timeoutSec: 0.2 } };
    const { registry, monitor } = options;
    const stock = new IntGauge('stock', { registry });
    let goOn = (): void => {};
    registerGlobalCallback('stock', [stock], async () => {
      await new Promise<void>(resolve => (goOn = resolve));
      stock.set(7);
    });
    const { app } = await startWith(options);
    const run = app.get(HousekeepingService).run();
    await app.close();
    expect(monitor.closed).toBe(true);
    monitor.answer = () => Promise.reject(new Error('closed'));
    goOn();
    await expect(run).resolves.toMatchObject({
      globalMetrics: { accepted: 0, reasons: ['Error: closed'] },
    });
  });

  it('a job of the application that runs at the end is in the last flush', async () => {
    const options = ownOptions();
    const rows = new Counter('rows', { registry: options.registry });
    @Injectable()
    class Jobs {
      @Cron('0 0 1 1 *', { name: 'yearly' })
      async run(): Promise<void> {
        rows.add(1);
        await new Promise(resolve => setTimeout(resolve, 5));
        rows.add(1);
      }
      /** As an application waits for its jobs. */
      running: Promise<void> = Promise.resolve();
      async beforeApplicationShutdown(): Promise<void> {
        await this.running;
      }
    }
    const { app } = await startWith(options, {
      imports: [ScheduleModule.forRoot()],
      providers: [Jobs],
    });
    const jobs = app.get(Jobs);
    jobs.running = jobs.run();
    await app.close();
    expect(options.monitor.valuesOf('rows').at(-1)).toBe(2);
  });
});

describe('nest#5214 #10131 #6837 "hooks do nothing without enableShutdownHooks()"', () => {
  let others: NodeJS.SignalsListener[] = [];
  beforeEach(() => {
    others = process.listeners('SIGTERM');
    process.removeAllListeners('SIGTERM');
  });
  afterEach(() => {
    process.removeAllListeners('SIGTERM');
    others.forEach(listener => process.on('SIGTERM', listener));
  });

  it('the log says so, once', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const clock = new ManualClock();
    await startWith(ownOptions(), { clock });
    clock.advance(60_000);
    const lines = warn.mock.calls.map(([line]) => String(line));
    expect(lines.filter(line => line.includes('enableShutdownHooks()'))).toHaveLength(1);
  });
});

describe('what users said of packages', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as {
    type: string;
    exports: Record<string, string | Record<string, string>>;
    peerDependencies: Record<string, string>;
  };

  it('nest#17583 nestjs-cls#631 "a CommonJS library breaks in Nest 12": Node always has one copy, and Jest gets CommonJS', () => {
    expect(manifest.type).toBe('module');
    const entries = Object.values(manifest.exports).filter(entry => typeof entry === 'object');
    expect(entries).toHaveLength(6);
    for (const entry of entries) {
      expect(Object.keys(entry)).toEqual(['module-sync', 'require', 'default']);
    }
  });

  it.each(['@nestjs/common', '@nestjs/core', '@nestjs/terminus'])(
    'golevelup/nestjs#1259 nestjs-prisma#125 nestjs-otel#435 "the peer range is too narrow": %s may be 11 or 12',
    name => {
      expect(manifest.peerDependencies[name]).toBe('^11.0.0 || ^12.0.0');
    },
  );

  it('client_js#653 #614 "types do not allow what works": a registry is taken wherever there is one', async () => {
    const registry: Registry = new Registry();
    expectTypeOf<Registry>().toExtend<NonNullable<TsmonModuleOptions['registry']>>();
    const orders = new Counter('orders', { registry });
    registerCallback(() => orders.add(1), { registry });
    const options = { ...ownOptions(), registry };
    const { service } = await startWith(options);
    await service.flush();
    expectTypeOf(orders.get()).toEqualTypeOf<number | undefined>();
    expect(options.monitor.valuesOf('orders')).toEqual([1]);
  });
});
