import { performance } from 'node:perf_hooks';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RuntimeStatistics } from '../../lib/self/runtime-statistics.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';

const target = new Task({ serviceName: 's', jobName: 'j' });
const started: RuntimeStatistics[] = [];

function setUp() {
  const registry = new Registry();
  const statistics = new RuntimeStatistics(registry);
  started.push(statistics);
  const cells = () => storeOf(registry).snapshot(registry.instanceMetrics(), target);
  const valueOf = (name: string, ...fieldValues: unknown[]): unknown =>
    cells().find(
      cell => cell.metric.name === name && String(cell.fieldValues) === String(fieldValues),
    )?.value;
  const fieldsOf = (name: string): unknown[] =>
    cells()
      .filter(({ metric }) => metric.name === name)
      .map(({ fieldValues: [field] }) => field);
  return { registry, statistics, cells, valueOf, fieldsOf };
}

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    Math.sqrt(end);
  }
}

/** Tries again until the condition holds, for at most ten seconds. */
async function until(condition: () => boolean, attempt: () => void | Promise<void>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition() && performance.now() < end) {
    await attempt();
  }
}

async function makeGarbage(): Promise<void> {
  Array.from({ length: 100_000 }, (_, i) => ({ i }));
  await sleep(1);
}

/** Seconds of CPU time that the next calls of process.cpuUsage() tell. */
function stubCpu(...usages: { user: number; system: number }[]): void {
  const stub = vi.spyOn(process, 'cpuUsage');
  for (const { user, system } of usages) {
    stub.mockReturnValueOnce({ user: user * 1e6, system: system * 1e6 });
  }
}

afterEach(() => {
  started.splice(0).forEach(statistics => statistics.stop());
  vi.restoreAllMocks();
});

describe('RuntimeStatistics', () => {
  it("reports Node's own statistics", async () => {
    const { statistics, cells, valueOf } = setUp();
    statistics.start();
    work(20);
    statistics.report();
    const names = new Set(cells().map(({ metric }) => metric.name));
    for (const name of ['rss', 'heap_used', 'heap_total', 'external', 'array_buffers']) {
      expect(names).toContain(`nodejs/mem/${name}`);
    }
    expect(valueOf('nodejs/mem/rss')).toBeGreaterThan(1e7);
    expect(valueOf('nodejs/version')).toBe(process.version);
    expect(valueOf('nodejs/uptime')).toBeGreaterThan(0);
    expect(valueOf('nodejs/cpu/user')).toBeGreaterThan(0);
    expect(valueOf('nodejs/cpu/system')).toBeGreaterThanOrEqual(0);
    expect(valueOf('nodejs/event_loop/utilization')).toBeGreaterThan(0);
    expect(valueOf('nodejs/event_loop/utilization')).toBeLessThanOrEqual(1);
  });

  it('counts each second of CPU time once while it is started', () => {
    const { statistics, valueOf } = setUp();
    stubCpu({ user: 10, system: 1 }, { user: 12, system: 1.5 }, { user: 12, system: 1.5 });
    statistics.start();
    statistics.report();
    statistics.report();
    expect(valueOf('nodejs/cpu/user')).toBe(2);
    expect(valueOf('nodejs/cpu/system')).toBe(0.5);
    statistics.stop();
    stubCpu({ user: 100, system: 10 }, { user: 101, system: 10 });
    statistics.start();
    statistics.report();
    expect(valueOf('nodejs/cpu/user')).toBe(3);
    expect(valueOf('nodejs/cpu/system')).toBe(0.5);
  });

  it('reports how late timers were since the last report, not before', async () => {
    const { statistics, valueOf, fieldsOf } = setUp();
    const max = (): number => Number(valueOf('nodejs/event_loop/delay', 'max') ?? 0);
    statistics.start();
    await until(
      () => max() > 100,
      async () => {
        await sleep(30);
        work(200);
        await sleep(30);
        statistics.report();
      },
    );
    const late = max();
    expect(late).toBeGreaterThan(100);
    expect(fieldsOf('nodejs/event_loop/delay')).toEqual(['p50', 'p99', 'max']);
    expect(valueOf('nodejs/event_loop/delay', 'p50')).toBeLessThanOrEqual(late);
    await until(
      () => max() !== late,
      async () => {
        await sleep(30);
        statistics.report();
      },
    );
    expect(max()).not.toBe(late);
  });

  it('counts garbage collections by kind, until it is stopped', async () => {
    const { statistics, valueOf } = setUp();
    const count = (): number => Number(valueOf('nodejs/gc/count', 'minor') ?? 0);
    statistics.start();
    await until(
      () => count() >= 2,
      async () => {
        await makeGarbage();
        statistics.report();
      },
    );
    expect(count()).toBeGreaterThanOrEqual(2);
    expect(valueOf('nodejs/gc/pause_total', 'minor')).toBeGreaterThan(0);
    statistics.stop();
    const atStop = count();
    for (let i = 0; i < 30; i++) {
      await makeGarbage();
    }
    statistics.report();
    expect(count()).toBe(atStop);
  });

  it('does not keep the process alive', () => {
    const { statistics } = setUp();
    const before = process.getActiveResourcesInfo();
    statistics.start();
    statistics.report();
    expect(process.getActiveResourcesInfo()).toEqual(before);
  });

  it('has a cell for each type of resource that there is, and none for others', async () => {
    const { statistics, fieldsOf, valueOf } = setUp();
    statistics.start();
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    statistics.report();
    expect(fieldsOf('nodejs/active_resources')).toContain('TCPServerWrap');
    expect(valueOf('nodejs/active_resources', 'TCPServerWrap')).toBeGreaterThanOrEqual(1);
    await new Promise(resolve => server.close(resolve));
    await sleep(1);
    statistics.report();
    expect(fieldsOf('nodejs/active_resources').toSorted()).toEqual(
      [...new Set(process.getActiveResourcesInfo())].toSorted(),
    );
  });

  it('R3 keeps a bounded number of cells, however often it reports', async () => {
    const { statistics, cells } = setUp();
    statistics.start();
    for (let i = 0; i < 20; i++) {
      await sleep(1);
      statistics.report();
    }
    expect(cells().length).toBeLessThan(60);
  });

  it('does nothing unless started, and may be started and stopped any number of times', () => {
    const { statistics, cells, valueOf } = setUp();
    statistics.report();
    statistics.stop();
    statistics.report();
    expect(cells()).toEqual([]);
    stubCpu({ user: 10, system: 1 }, { user: 12, system: 1 });
    statistics.start();
    statistics.start();
    statistics.report();
    statistics.stop();
    statistics.stop();
    statistics.report();
    expect(valueOf('nodejs/cpu/user')).toBe(2);
  });

  it('may be made twice for one registry, as an app that is started again does', () => {
    const { registry } = setUp();
    expect(() => new RuntimeStatistics(registry)).not.toThrow();
  });

  it('works after a reset of the store, and R1 while metrics are disabled', () => {
    const { registry, statistics, cells } = setUp();
    const store = storeOf(registry);
    statistics.start();
    statistics.report();
    store.reset();
    store.recording = false;
    expect(() => statistics.report()).not.toThrow();
    expect(cells()).toEqual([]);
    store.recording = true;
    statistics.report();
    expect(cells().length).toBeGreaterThan(10);
  });
});
