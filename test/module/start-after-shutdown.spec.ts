import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Counter, TsmonModule, TsmonService } from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { closeAppsAfterEach, ownOptions, startWith, type OwnOptions } from '../complaints/app.js';
import { pass, settle } from '../support/settle.js';
import { startApp } from '../support/test-app.js';
import { forever, SECOND_MS, Gate } from './gate.js';

afterEach(() => {
  vi.restoreAllMocks();
});
closeAppsAfterEach();

describe('an application that starts while another one closes', () => {
  it("F6 waits for the other's end, so that each increment arrives once", async () => {
    const options = ownOptions();
    const orders = new Counter('orders', { registry: options.registry });
    const slow = new Gate();
    const first = new FakeMonitor();
    const { app } = await startWith({ ...options, monitor: first });
    orders.add(9);
    first.answer = async () => {
      await slow.pass();
      return { rejected: [] };
    };
    const closing = app.close();
    const second = new FakeMonitor();
    const starting = startWith({ ...options, monitor: second });
    await slow.wasEntered;
    slow.open();
    const [started] = await Promise.all([starting, closing]);
    await started.service.flush();
    // Two flushes of one stream, then new streams without what it had.
    expect(first.valuesOf('orders')).toEqual([9, 9]);
    expect(second.valuesOf('orders')).toEqual([0]);
    expect(first.calls.at(-1)!.endTime).toBeLessThan(second.calls[0]!.endTime);
  });

  it('F6 waits for another whose own modules are slow to close', async () => {
    const options = ownOptions();
    const gate = new Gate();
    @Injectable()
    class Slow {
      onModuleDestroy(): Promise<void> {
        return gate.pass();
      }
    }
    const { app } = await startWith(options, { providers: [Slow] });
    const closing = app.close();
    let started = false;
    const starting = startWith(options).then(() => (started = true));
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(started).toBe(false);
    gate.open();
    await Promise.all([closing, starting]);
    expect(started).toBe(true);
  });

  it("F6 waits no longer than the other's deadline", async () => {
    const options = ownOptions();
    const clock = new ManualClock();
    @Injectable()
    class Hangs {
      onModuleDestroy(): Promise<void> {
        return forever();
      }
    }
    const { app } = await startApp(
      { imports: [TsmonModule.forRoot(options)], providers: [Hangs] },
      'express',
      () => {},
      builder => builder.overrideProvider('TSMON_CLOCK').useValue(clock),
    );
    void app.close();
    const starting = startWith(options);
    await pass(clock, 9 * SECOND_MS);
    expect((await starting).service.status().running).toBe(true);
    app.getHttpServer().close();
  });

  it('F6 takes the place of another whose start has failed, closed or not', async () => {
    const options = ownOptions();
    const orders = new Counter('orders', { registry: options.registry });
    @Injectable()
    class Fails {
      onApplicationBootstrap(): void {
        orders.add(3);
        throw new Error('no database');
      }
    }
    const failed = await Test.createTestingModule({
      imports: [TsmonModule.forRoot(options)],
      providers: [Fails],
    }).compile();
    await expect(failed.init()).rejects.toThrow('no database');
    const second = new FakeMonitor();
    const { service } = await startWith({ ...options, monitor: second });
    expect(options.monitor.valuesOf('orders')).toEqual([3, 3]);
    await failed.close().catch(() => {}); // Nest 11 says here again why the start failed
    orders.add(4);
    expect((await service.flush()).outcome).toBe('sent');
    expect(second.valuesOf('orders')).toEqual([4]);
    expect(options.registry.callbacks.size).toBeGreaterThan(0);
  });

  it('F6 closing a refused application does not change what the other one records', async () => {
    const options = ownOptions();
    await startWith({ ...options, enabled: false });
    const orders = new Counter('orders', { registry: options.registry });
    const refused = await Test.createTestingModule({
      imports: [TsmonModule.forRoot(options)],
    }).compile();
    await expect(refused.init()).rejects.toThrow('already sends these metrics');
    await refused.close().catch(() => {});
    orders.add(1);
    expect(orders.get()).toBeUndefined();
  });

  it('F6 a start that failed lets the next one start', async () => {
    const options = ownOptions();
    const error = new Error('no memory');
    vi.spyOn(options.registry.callbacks, 'add').mockImplementationOnce(() => {
      throw error;
    });
    await expect(startWith(options)).rejects.toBe(error);
    expect((await startWith(options)).service.status().running).toBe(true);
  });
});

describe('an application that is told to end while it starts', () => {
  const clock = new ManualClock();
  const withCron = (): OwnOptions => ({ ...ownOptions(), housekeeping: { auth: 'closed' } });

  async function createApp(options: OwnOptions, slow: object): Promise<INestApplication> {
    @Module({
      imports: [TsmonModule.forRoot(options)],
      providers: [{ provide: 'SLOW', useValue: slow }],
    })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider('TSMON_CLOCK')
      .useValue(clock)
      .compile();
    return module.createNestApplication({ logger: false });
  }

  /** Once the application has ended, housekeeping is not run by its clock either. */
  async function expectNoRuns({ allocator }: OwnOptions): Promise<void> {
    const runs = vi.spyOn(allocator!, 'assignTaskNumbers');
    clock.advance(120 * SECOND_MS);
    await settle();
    expect(runs).not.toHaveBeenCalled();
    runs.mockRestore();
  }

  it.each(['onModuleInit', 'onApplicationBootstrap'])(
    'F6 completes a start that another module delays in %s, and leaves the metrics to the next application',
    async hook => {
      const options = withCron();
      const slow = new Gate();
      const app = await createApp(options, { [hook]: () => slow.pass() });
      const starting = app.init();
      await slow.wasEntered;
      await app.close();
      slow.open();
      await expect(starting).resolves.toBe(app);
      await expectNoRuns(options);
      expect((await app.get(TsmonService).flush()).outcome).toBe('disabled');
      expect((await startWith(options)).service.status().running).toBe(true);
    },
  );

  it('F6 also before its start, leaves the metrics to the next application', async () => {
    const options = withCron();
    const app = await createApp(options, {});
    await app.close();
    await app.init();
    await expectNoRuns(options);
    await app.close();
    expect((await startWith(options)).service.status().running).toBe(true);
  });
});
