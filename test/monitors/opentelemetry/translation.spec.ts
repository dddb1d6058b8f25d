import { readFileSync } from 'node:fs';
import { ConsoleMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { StringGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { Units } from '../../../lib/metrics/units.js';
import {
  explicitHistogram,
  exponentialHistogram,
  exponentialLayout,
} from '../../../lib/monitors/opentelemetry/histogram.js';
import { hrTime } from '../../../lib/monitors/opentelemetry/hr-time.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import { Resource, resourceOf } from '../../../lib/monitors/opentelemetry/resource.js';
import { SCOPE } from '../../../lib/monitors/opentelemetry/scope.js';
import { ucum } from '../../../lib/monitors/ucum.js';
import { Device } from '../../../lib/targets/device.js';
import { Task } from '../../../lib/targets/task.js';
import { cell, distribution, endTime, oneOfEach, queue, task } from './cells.js';
import { FakeExporter } from './fake-exporter.js';

const never = new AbortController().signal;

describe('times of OpenTelemetry', () => {
  it.each([
    [0, [0, 0]],
    [1, [0, 1000]],
    [999_999, [0, 999_999_000]],
    [1_767_323_045_678_901, [1_767_323_045, 678_901_000]],
    [1_767_323_045_999_999, [1_767_323_045, 999_999_000]],
    [Number.MAX_SAFE_INTEGER, [9_007_199_254, 740_991_000]],
    [9_007_199_253_999_999, [9_007_199_253, 999_999_000]],
  ])('are exact: %i', (time, expected) => {
    expect(hrTime(time)).toEqual(expected);
  });
});

describe('units of OpenTelemetry', () => {
  it('are those of UCUM', () => {
    expect(Object.values(Units).map(ucum)).toEqual(
      ' s ms us ns bit By kBy MBy GBy KiBy MiBy GiBy A mA Cel'.split(' '),
    );
  });
});

describe('the layout of exponential histograms', () => {
  it.each([
    [Bucketer.geometric(2, 20), { scale: 0, offset: 0 }],
    [Bucketer.geometric(2, 20, 1024), { scale: 0, offset: 10 }],
    [Bucketer.geometric(2, 20, 2 ** -20), { scale: 0, offset: -20 }],
    [Bucketer.geometric(4, 20), { scale: -1, offset: 0 }],
    [Bucketer.geometric(4, 20, 16), { scale: -1, offset: 2 }],
    [Bucketer.geometric(65_536, 3), { scale: -4, offset: 0 }],
    [Bucketer.geometric(2 ** 512, 1), { scale: -9, offset: 0 }],
    [Bucketer.geometric(Math.SQRT2, 40), { scale: 1, offset: 0 }],
    [Bucketer.geometric(Math.SQRT2, 40, 8), { scale: 1, offset: 6 }],
    [Bucketer.geometric(Math.SQRT2, 40, Math.SQRT1_2), { scale: 1, offset: -1 }],
    [Bucketer.geometric(2 ** (1 / 8), 100), { scale: 3, offset: 0 }],
    [Bucketer.geometric(2 ** (2 ** -20), 100), { scale: 20, offset: 0 }],
  ])('is that of %s', (bucketer, layout) => {
    expect(exponentialLayout(bucketer)).toEqual(layout);
    const base = 2 ** (2 ** -layout.scale);
    bucketer.lowerBounds.slice(1).forEach((bound, i) => {
      expect(bound / base ** (layout.offset + i)).toBeCloseTo(1, 10);
    });
  });

  it.each([
    Bucketer.default,
    Bucketer.fixedWidth(2, 10),
    Bucketer.fixedWidth(1, 10),
    Bucketer.geometric(2, 20, 3),
    Bucketer.geometric(4, 20, 2),
    Bucketer.geometric(8, 20),
    Bucketer.geometric(1.4143, 20),
    Bucketer.geometric(Math.SQRT2, 20, 3),
    Bucketer.geometric(2 ** (2 ** -21), 20),
    Bucketer.explicit([1, 2, 4]),
  ])('does not exist for %s', bucketer => {
    expect(exponentialLayout(bucketer)).toBeUndefined();
  });
});

describe('histograms of OpenTelemetry', () => {
  it('have all bounds and counts even when they are empty', () => {
    const bucketer = Bucketer.geometric(2, 2);
    expect(explicitHistogram(distribution(bucketer))).toEqual({
      count: 0,
      sum: 0,
      buckets: { boundaries: [1, 2, 4], counts: [0, 0, 0, 0] },
    });
    expect(exponentialHistogram(distribution(bucketer), { scale: 0, offset: 0 })).toEqual({
      count: 0,
      sum: 0,
      scale: 0,
      zeroCount: 0,
      positive: { offset: 0, bucketCounts: [] },
      negative: { offset: 0, bucketCounts: [] },
    });
  });

  it('count every sample in exactly one bucket, also below and above the bounds', () => {
    const bucketer = Bucketer.geometric(2, 3);
    const samples = [0, 0.99, 1, 1.99, 2, 7.99, 8, 1e300];
    const value = distribution(bucketer, ...samples);
    const explicit = explicitHistogram(value);
    expect(explicit.buckets.counts).toEqual([2, 2, 1, 1, 2]);
    const { zeroCount, positive } = exponentialHistogram(value, { scale: 0, offset: 0 });
    expect([zeroCount, ...positive.bucketCounts]).toEqual(explicit.buckets.counts);
  });

  it('have the bounds of an explicit bucketer', () => {
    const value = distribution(Bucketer.explicit([0.1, 0.3]), 0, 0.1, 0.2, 7);
    expect(explicitHistogram(value)).toEqual({
      count: 4,
      sum: value.sum,
      buckets: { boundaries: [0.1, 0.3], counts: [1, 2, 1] },
    });
  });

  it('are explicit if the backend knows no others, and if samples may be negative', async () => {
    const exporter = new FakeExporter();
    const monitor = new OpenTelemetryMonitor({ exporter, exponentialHistograms: false });
    await monitor.send(oneOfEach(), endTime, never);
    const types = exporter.metrics.map(({ dataPointType }) => dataPointType);
    expect(types).toEqual([3, 3, 2, 2, 2, 2, 0, 0, 0]);
  });
});

describe('resources of OpenTelemetry', () => {
  function idOf(target: Task | Device): unknown {
    return resourceOf(target, {}).attributes['service.instance.id'];
  }

  it('T1 differ for any two targets', () => {
    const parts = { serviceName: 'a', jobName: 'b', dataCenter: 'c', hostName: 'd', taskNum: 1 };
    const targets = [
      new Task(parts),
      ...['serviceName', 'jobName', 'dataCenter', 'hostName'].flatMap(part => [
        new Task({ ...parts, [part]: '' }),
        new Task({ ...parts, [part]: 'd/1' }),
      ]),
      new Task({ ...parts, taskNum: 0 }),
      new Task({ ...parts, hostName: '', taskNum: 0 }),
      new Device({ metro: 'a/b', hostname: 'c' }),
      new Device({ metro: 'a', role: 'b/c', hostname: '' }),
      new Device({ metro: 'a%2Fb', hostname: 'c' }),
    ];
    const identities = targets.map(target => {
      const attributes = resourceOf(target, { 'cloud.zone': 'z' }).attributes;
      return ['service.namespace', 'service.name', 'cloud.region', 'service.instance.id']
        .map(name => JSON.stringify(attributes[name]))
        .join();
    });
    expect(new Set(identities).size).toBe(targets.length);
  });

  it('T1 name an instance by host and number, by the number without a host, and the global target', () => {
    expect(idOf(task)).toBe('v1/2');
    expect(idOf(new Task({ serviceName: 'a', jobName: 'b', taskNum: 7 }))).toBe('7');
    expect(idOf(task.toGlobal())).toBe('global');
  });

  it('leave out empty parts, unless the options have them', () => {
    const bare = new Task({ serviceName: '', jobName: 'b', taskNum: 1 });
    expect(resourceOf(bare, { 'cloud.region': 'here' }).attributes).toEqual({
      'cloud.region': 'here',
      'service.name': 'b',
      'service.instance.id': '1',
    });
  });

  it('have the members that exporters use', () => {
    const resource = new Resource({ a: 1, b: 2 });
    expect(resource.merge(new Resource({ b: 3 })).attributes).toEqual({ a: 1, b: 3 });
    expect(resource.merge(null).attributes).toEqual({ a: 1, b: 2 });
    expect(resource.getRawAttributes()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(resource.asyncAttributesPending).toBe(false);
  });

  it('are reported under the version of the package', () => {
    const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
    expect(SCOPE.version).toBe((JSON.parse(text) as { version: string }).version);
  });
});

describe('the text of a StringGauge', () => {
  it('is an attribute that no field has', async () => {
    const gauge = new StringGauge('state', {
      registry: new Registry(),
      fields: { value: 'string', value_: 'int' },
    });
    const exporter = new FakeExporter();
    await new OpenTelemetryMonitor({ exporter }).send(
      [cell(gauge, 'up', ['x', 1])],
      endTime,
      never,
    );
    expect(exporter.metrics[0]?.dataPoints[0]).toMatchObject({
      value: 1,
      attributes: { value: 'x', value_: 1, value__: 'up' },
    });
  });
});

describe('the ConsoleMetricExporter', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('prints all metrics', async () => {
    const dir = vi.spyOn(console, 'dir').mockImplementation(() => undefined);
    const monitor = new OpenTelemetryMonitor({ exporter: new ConsoleMetricExporter() });
    expect(await monitor.send(oneOfEach(), endTime, never)).toEqual({ rejected: [] });
    await monitor.close();
    expect(dir).toHaveBeenCalledTimes(oneOfEach().length);
  });
});

describe('the object that exporters get', () => {
  it("has the type of OpenTelemetry's ResourceMetrics", async () => {
    const exporter = new FakeExporter();
    await new OpenTelemetryMonitor({ exporter }).send(
      [...oneOfEach(), cell(queue, 1, [], task.withTaskNum(9))],
      endTime,
      never,
    );
    // The types are what is tested: resource and metrics are assignable to those of the SDK.
    const handed: ResourceMetrics[] = exporter.exported;
    expect(handed.map(({ scopeMetrics }) => scopeMetrics[0]?.metrics.length)).toEqual([9, 1]);
  });
});
