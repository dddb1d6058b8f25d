import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import {
  Counter,
  Device,
  HousekeepingService,
  IntGauge,
  registerGlobalCallback,
  Registry,
  TaskNumAllocator,
  Task,
  TsmonModule,
  TsmonService,
  withTarget,
  type AssignmentReport,
  type Target,
} from '../../lib/entry/index.js';
import { log } from '../../lib/log.js';
import { ReservedTargets } from '../../lib/targets/reserved-targets.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';

const PARTS = { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'v1' };

/** Gives number 3 to whoever asks. */
class Third extends TaskNumAllocator {
  readonly expirationSec = 1800;
  async notifyTaskIsAlive(): Promise<number> {
    return 3;
  }
  async assignTaskNumbers(): Promise<AssignmentReport> {
    return { skipped: false, targets: 1, instances: 1, assigned: 0, expired: 0, durationMs: 0 };
  }
  async release(): Promise<void> {}
}

/** A target of an application's own shape. */
function looksLike(labels: Record<string, string | number>): Target {
  return { type: 'task', key: 'own', labels: () => labels };
}

describe('ReservedTargets', () => {
  const task = new Task(PARTS);
  const reserved = new ReservedTargets([task]);

  it.each<[string, Target]>([
    ['the target group, without a number', new Task(PARTS)],
    ['the target group, under any number', new Task({ ...PARTS, taskNum: 17 })],
    ['the global target', task.toGlobal()],
    ['the labels of the global target', new Task({ ...PARTS, hostName: '' })],
    [
      'a target of another shape with the same labels',
      looksLike({ ...task.labels(), task_num: 2 }),
    ],
  ])('contains %s', (_, target) => {
    expect(reserved.has(target)).toBe(true);
  });

  it.each<[string, Target]>([
    ['another job', new Task({ ...PARTS, jobName: 'worker' })],
    ['another host', new Task({ ...PARTS, hostName: 'v2' })],
    ['a number beside the global target', new Task({ ...PARTS, hostName: '', taskNum: 1 })],
    ['a device', new Device({ hostname: 'v1' })],
    ['other labels', looksLike({ ...task.labels(), zone: 'a' })],
    [
      'one whose labels throw',
      {
        type: 'task',
        key: 'k',
        labels: () => {
          throw new Error('no');
        },
      },
    ],
  ])('does not contain %s', (_, target) => {
    expect(reserved.has(target)).toBe(false);
  });
});

describe('cells under a target of the library', () => {
  let registry: Registry;
  let monitor: FakeMonitor;
  let warnings: MockInstance<typeof log.warn>;
  let app: Awaited<ReturnType<typeof NestFactory.createApplicationContext>>;

  beforeEach(async () => {
    registry = new Registry();
    monitor = new FakeMonitor();
    warnings = vi.spyOn(log, 'warn');
    const module = TsmonModule.forRoot({
      registry,
      monitor,
      target: PARTS,
      allocator: new Third(),
      runtimeStats: false,
    });
    app = await NestFactory.createApplicationContext(module, { logger: false });
  });
  afterEach(async () => {
    await app.close();
    vi.restoreAllMocks();
  });

  const streamsOf = (name: string): unknown[] =>
    monitor.calls.flatMap(({ cells }) =>
      cells
        .filter(({ metric }) => metric.name === name)
        .map(({ target, value }) => [target.key, value]),
    );

  it('are left out, so that each stream has one cell, with one warning', async () => {
    const orders = new Counter('orders', { registry });
    const own = new Task({ ...PARTS, taskNum: 3 });
    const foreign = new Device({ hostname: 'printer' });
    orders.add(1);
    withTarget(new Task(PARTS), () => orders.add(10)); // would be instance 0
    withTarget(own, () => orders.add(100)); // would be a second cell of our own stream
    withTarget(own.toGlobal(), () => orders.add(1000));
    withTarget(foreign, () => orders.add(7));
    await app.get(TsmonService).flush();
    expect(streamsOf('orders')).toEqual([
      [own.key, 1],
      [foreign.key, 7],
    ]);
    await app.get(TsmonService).flush();
    const lines = warnings.mock.calls.map(([text]) => text).filter(text => text.includes('orders'));
    expect(lines).toHaveLength(1);
    for (const part of [
      'withTarget()',
      '"job_name":"web"',
      'not sent',
      'outside of withTarget()',
    ]) {
      expect(lines[0]).toContain(part);
    }
  });

  it('can still be read by the application', () => {
    const orders = new Counter('orders', { registry });
    withTarget(new Task(PARTS), () => orders.add(10));
    expect(withTarget(new Task(PARTS), () => orders.get())).toBe(10);
    expect(orders.get()).toBeUndefined();
  });

  it('are left out of global metrics, too', async () => {
    const users = new IntGauge('users', { registry });
    registerGlobalCallback('users', [users], () => {
      users.set(1);
      withTarget(new Task({ ...PARTS, hostName: '' }), () => users.set(2));
      withTarget(new Task({ ...PARTS, taskNum: 5 }), () => users.set(3));
    });
    await app.get(HousekeepingService).run();
    expect(streamsOf('users')).toEqual([[new Task(PARTS).toGlobal().key, 1]]);
  });
});
