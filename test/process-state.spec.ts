import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isDeadlineError } from '../lib/clock/deadline.js';
import * as ours from '../lib/entry/index.js';
import {
  OpenTelemetryMonitor,
  type OpenTelemetryExporter,
  type OpenTelemetryResourceMetrics,
} from '../lib/entry/opentelemetry.js';
import { prometheusText } from '../lib/entry/prometheus.js';
import { defaultRegistry } from '../lib/metrics/registry.js';
import { THIS_COPY } from '../lib/process-state.js';
import { storeOf } from '../lib/store/in-memory-store.js';
import { isNoTaskNumberError } from '../lib/task-numbers/task-num-allocator.js';
import { FakeMonitor } from '../lib/testing/fake-monitor.js';

type Copy = typeof ours;

/** Another copy of the package, as a library has that brings its own. */
async function loadCopy(): Promise<Copy> {
  vi.resetModules();
  const copy = await import('../lib/entry/index.js');
  expect(copy.Counter).not.toBe(ours.Counter);
  return copy;
}

describe('a second copy of the package with the same protocol', () => {
  let theirs: Copy;
  beforeEach(async () => {
    theirs = await loadCopy();
  });
  afterEach(() => storeOf(defaultRegistry).reset());

  it('records every kind of metric into the registry that the application sends', async () => {
    const { Counter, FloatGauge, CumulativeDistribution, NonCumulativeDistribution } = theirs;
    const monitor = new FakeMonitor();
    const module = ours.TsmonModule.forRoot({ monitor, runtimeStats: false });
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    new Counter('copy/sum').add(2);
    new FloatGauge('copy/gauge').set(1.5);
    new CumulativeDistribution('copy/durations').add(3);
    const sizes = new theirs.Distribution();
    sizes.add(7);
    new NonCumulativeDistribution('copy/sizes').set(sizes);
    theirs.registerCallback(() => new Counter('copy/called_back').set(1));
    await app.get(ours.TsmonService).flush();
    new CumulativeDistribution('copy/durations').add(4);
    await app.get(ours.TsmonService).flush();
    await app.close();
    const last = (name: string): unknown => monitor.valuesOf(name).at(-1);
    expect(last('copy/sum')).toBe(2);
    expect(last('copy/gauge')).toBe(1.5);
    expect(last('copy/called_back')).toBe(1);
    expect(last('copy/durations')).toMatchObject({ count: 2, sum: 7 });
    expect(last('copy/sizes')).toMatchObject({ count: 1, sum: 7 });
  });

  it('declares a metric of the first one, and both are one metric with one sum', () => {
    const own = new ours.Counter('copy/shared');
    const other = new theirs.Counter('copy/shared');
    own.add(1);
    other.add(2);
    expect([own.get(), other.get()]).toEqual([3, 3]);
    expect(() => new theirs.IntGauge('copy/shared')).toThrow(
      'Two metrics have the same name but differ',
    );
  });

  it('records under the target of a withTarget() of the first, and the other way round', () => {
    const device = new ours.Device({ hostname: 'printer' });
    const counter = new ours.Counter('copy/prints');
    const other = new theirs.Counter('copy/prints');
    ours.withTarget(device, () => other.add(1));
    theirs.withTarget(new theirs.Device({ hostname: 'printer' }), () => counter.add(1));
    expect(counter.get()).toBeUndefined();
    expect(ours.withTarget(device, () => counter.get())).toBe(2);
  });

  it('makes registries, targets and allocators that the options take', async () => {
    const registry = new theirs.Registry();
    const monitor = new FakeMonitor();
    const module = ours.TsmonModule.forRoot({
      registry,
      monitor,
      target: new theirs.Task({ serviceName: 's', jobName: 'theirs' }),
      allocator: new theirs.InMemoryTaskNumAllocator(),
      runtimeStats: false,
    });
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    new theirs.Counter('m', { registry }).add(1);
    new ours.CumulativeDistribution('d', {
      registry,
      bucketer: theirs.Bucketer.fixedWidth(1, 2),
    }).add(1);
    const report = await app.get(ours.TsmonService).flush();
    await app.close();
    expect(report).toMatchObject({ outcome: 'sent', rejected: 0 });
    expect(monitor.calls[0]!.cells[0]!.target.labels()).toMatchObject({
      job_name: 'theirs',
      task_num: 0,
    });
    expect(monitor.valuesOf('m').at(-1)).toBe(1);
  });

  it('may start without a number: its NoTaskNumberError is known by its name', async () => {
    class Waiting extends theirs.TaskNumAllocator {
      readonly expirationSec = 1800;
      notifyTaskIsAlive(): Promise<number> {
        return Promise.reject(new theirs.NoTaskNumberError());
      }
      assignTaskNumbers(): Promise<never> {
        return Promise.reject(new Error('not needed'));
      }
      async release(): Promise<void> {}
    }
    const allocator = new Waiting();
    const module = ours.TsmonModule.forRoot({ allocator, monitor: new FakeMonitor() });
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    const report = await app.get(ours.TsmonService).flush();
    await app.close();
    expect(report.outcome).toBe('no-task-number');
  });

  it('tracks calls in metrics of the first, which each monitor shows', async () => {
    const registry = new ours.Registry();
    const calls = new ours.Counter('calls', { registry });
    const times = new ours.CumulativeDistribution('times', {
      registry,
      units: ours.Units.Milliseconds,
    });
    class Shop {
      @theirs.TrackMetric(calls)
      @theirs.TrackMetric(times)
      order(): void {}
    }
    new Shop().order();
    expect(calls.get()).toBe(1);
    expect(times.get()?.count).toBe(1);
    const task = new theirs.Task({ serviceName: 's', jobName: 'j', hostName: 'h' });
    const cells = storeOf(registry).snapshot(registry.instanceMetrics(), task);
    const endTime = storeOf(registry).timestamp();
    expect(await prometheusText(cells, endTime)).toContain('times_seconds_bucket');
    const exported: OpenTelemetryResourceMetrics[] = [];
    const exporter: OpenTelemetryExporter = {
      export: (metrics, done) => {
        exported.push(metrics);
        done({ code: 0 });
      },
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    };
    const monitor = new OpenTelemetryMonitor({ exporter });
    const result = await monitor.send(cells, endTime, new AbortController().signal);
    expect(result.rejected).toEqual([]);
    expect(exported[0]!.resource.attributes).toMatchObject({ 'service.instance.id': 'h/0' });
  });
});

describe('errors of another copy', () => {
  it('are recognised by name', () => {
    expect(isNoTaskNumberError(Object.assign(new Error('x'), { name: 'NoTaskNumberError' }))).toBe(
      true,
    );
    expect(isNoTaskNumberError(new Error('NoTaskNumberError'))).toBe(false);
    expect(isDeadlineError(Object.assign(new Error('x'), { name: 'DeadlineError' }))).toBe(true);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(isNoTaskNumberError(proxy)).toBe(false);
  });
});

describe('a copy with another protocol', () => {
  const holder = globalThis as unknown as Record<symbol, Map<number, object>>;
  const KEY = Symbol.for('nestjs-tsmon');
  const states = holder[KEY]!;

  beforeEach(() => {
    // As in a process where only the other copy was loaded so far.
    holder[KEY] = new Map([[99, { version: '9.9.9', parts: new Map() }]]);
  });
  afterEach(() => {
    holder[KEY] = states;
    vi.restoreAllMocks();
    vi.resetModules();
  });

  it('causes one warning, which names both versions and what to do, and shares nothing', async () => {
    vi.resetModules();
    const { log } = await import('../lib/log.js');
    const warnings = vi.spyOn(log, 'warn');
    const theirs = await import('../lib/entry/index.js');
    new theirs.Counter('copy/apart').add(1);
    vi.resetModules();
    const again = await import('../lib/entry/index.js');
    expect(new again.Counter('copy/apart').get()).toBe(1);
    expect(warnings).toHaveBeenCalledOnce();
    const [message] = warnings.mock.calls[0]!;
    expect(message).toContain('version 9.9.9 (protocol 99)');
    expect(message).toContain(`version ${THIS_COPY.version} (protocol ${THIS_COPY.protocol})`);
    expect(message).toContain('not sent');
    expect(message).toContain('npm ls nestjs-tsmon');
    expect(new ours.Counter('copy/apart').get()).toBeUndefined();
  });

  it('makes no registry that metrics and options take, and the error says why', async () => {
    class Registry {
      readonly callbacks = new Set();
    }
    const brand = Symbol.for('nestjs-tsmon:class');
    Object.defineProperty(Registry.prototype, brand, { value: 'Registry of protocol 99' });
    const registry = new Registry() as ours.Registry;
    expect(() => new ours.Counter('m', { registry })).toThrow('registry of metric "m"');
    const module = ours.TsmonModule.forRoot({ registry });
    const options = { logger: false, abortOnError: false } as const;
    await expect(NestFactory.createApplicationContext(module, options)).rejects.toThrow(
      'Option registry must be a Registry: new Registry(), got an object of class Registry of another copy of nestjs-tsmon',
    );
  });
});
