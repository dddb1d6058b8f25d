import { describe, expect, it } from 'vitest';
import { resourceOf } from '../../../lib/monitors/cloud-monitoring/monitored-resource.js';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { Units } from '../../../lib/metrics/units.js';
import { Device } from '../../../lib/targets/device.js';
import { Task } from '../../../lib/targets/task.js';
import { isoMicros } from '../../../lib/monitors/iso-micros.js';
import {
  ages,
  at,
  busy,
  cell,
  distribution,
  durations,
  enabled,
  hits,
  load,
  orders,
  queue,
  startTime,
  tenths,
  version,
} from './cells.js';
import { monitorOf, send, startServer } from './monitors.js';
import { received } from './received-series.js';

describe('a cell in Cloud Monitoring', () => {
  it('is a time series with all parts of the cell', async () => {
    expect(await received(cell(orders, 3, ['ok', -2, true]))).toEqual([
      {
        metric: {
          type: 'custom.googleapis.com/shop/orders',
          labels: { status: 'ok', retries: '-2', gift: 'true' },
        },
        resource: {
          type: 'generic_task',
          labels: {
            project_id: 'my-shop',
            location: 'europe-west1',
            namespace: 'my-shop',
            job: 'checkout',
            task_id: 'v1/2',
          },
        },
        metricKind: 'CUMULATIVE',
        valueType: 'INT64',
        description: 'Orders placed.',
        points: [
          {
            interval: { startTime: isoMicros(startTime + 1000), endTime: isoMicros(at(1)) },
            value: { int64Value: '3' },
          },
        ],
      },
    ]);
  });

  it.each([
    ['Counter', cell(hits, 2 ** 53 - 1), 'CUMULATIVE', 'INT64', { int64Value: '9007199254740991' }],
    ['FloatCounter', cell(busy, 0.5), 'CUMULATIVE', 'DOUBLE', { doubleValue: 0.5 }],
    ['IntGauge', cell(queue, -7), 'GAUGE', 'INT64', { int64Value: '-7' }],
    ['FloatGauge', cell(load, 1e300), 'GAUGE', 'DOUBLE', { doubleValue: 1e300 }],
    ['BoolGauge', cell(enabled, false), 'GAUGE', 'BOOL', { boolValue: false }],
    ['StringGauge', cell(version, 'v1', ['a']), 'GAUGE', 'INT64', { int64Value: '1' }],
  ])('of a %s has its kind and value', async (_, of, metricKind, valueType, value) => {
    const [series] = await received(of);
    expect(series).toMatchObject({ metricKind, valueType, points: [{ value }] });
    expect('startTime' in series!.points[0].interval).toBe(metricKind === 'CUMULATIVE');
  });

  it('of a StringGauge has its text in the label "value"', async () => {
    const [series] = await received(cell(version, 'v1.2', ['api']));
    expect(series!.metric.labels).toEqual({ part: 'api', value: 'v1.2' });
  });

  it('of a linear distribution has the same buckets, with those below and above', async () => {
    const value = distribution(tenths, -1, 0, 9.9, 10, 29, 30, 1e9);
    const [series] = await received(cell(durations, value));
    expect(series).toMatchObject({ metricKind: 'CUMULATIVE', valueType: 'DISTRIBUTION' });
    expect(series!.points[0].value.distributionValue).toEqual({
      count: '7',
      mean: value.sum / 7,
      bucketOptions: { linearBuckets: { numFiniteBuckets: 3, width: 10, offset: 0 } },
      bucketCounts: ['1', '2', '1', '1', '2'],
    });
  });

  it('of a geometric distribution has the same buckets, without zeros at the end', async () => {
    const value = distribution(Bucketer.geometric(2, 20, 0.5), 0.4, 0.5, 1, 3);
    const [series] = await received(cell(ages, value));
    expect(series).toMatchObject({ metricKind: 'GAUGE', valueType: 'DISTRIBUTION' });
    expect(series!.points[0].value.distributionValue).toEqual({
      count: '4',
      mean: 4.9 / 4,
      bucketOptions: {
        exponentialBuckets: { numFiniteBuckets: 20, growthFactor: 2, scale: 0.5 },
      },
      bucketCounts: ['1', '1', '1', '1'],
    });
  });

  it('of a distribution with explicit bounds has these bounds', async () => {
    const value = distribution(Bucketer.explicit([0.1, 0.3, 1]), 0.05, 0.1, 0.2, 5);
    const [series] = await received(cell(ages, value));
    expect(series!.points[0].value.distributionValue).toEqual({
      count: '4',
      mean: value.sum / 4,
      bucketOptions: { explicitBuckets: { bounds: [0.1, 0.3, 1] } },
      bucketCounts: ['1', '2', '0', '1'],
    });
  });

  it('of an empty distribution has a count of 0', async () => {
    const [series] = await received(cell(durations, distribution(tenths)));
    expect(series!.points[0].value.distributionValue).toEqual({
      count: '0',
      bucketOptions: { linearBuckets: { numFiniteBuckets: 3, width: 10, offset: 0 } },
      bucketCounts: [],
    });
  });

  it.each(
    Object.entries({
      [Units.Unknown]: undefined,
      [Units.Bits]: 'bit',
      [Units.Kibibytes]: 'KiBy',
      [Units.Mebibytes]: 'MiBy',
      [Units.Kilobytes]: 'kBy',
      [Units.Milliseconds]: 'ms',
      [Units.DegreesCelsius]: 'Cel',
    }),
  )('in units of "%s" has the unit %s', async (units, unit) => {
    const metric = new IntGauge('a/b', { registry: new Registry(), units: units as Units });
    const [series] = await received(cell(metric, 1));
    expect(series!.unit).toBe(unit);
  });

  it('of a metric with a leading slash is under the prefix, as are all', async () => {
    const server = await startServer();
    const monitor = monitorOf(server, { metricTypePrefix: 'workload.googleapis.com/shop/' });
    const slash = new Counter('/a/b', { registry: new Registry() });
    await send(monitor, [cell(slash, 1), cell(hits, 1)], at(1));
    expect(server.written.map(({ metric }) => metric.type)).toEqual([
      'workload.googleapis.com/shop/a/b',
      'workload.googleapis.com/shop/shop/hits',
    ]);
  });

  it('with texts that JSON and UTF-8 find hard arrives as it is', async () => {
    const [series] = await received(cell(orders, 1, ['"\\\n\u2028 é 😀 \ud800', 1, false]));
    expect(series!.metric.labels.status).toBe('"\\\n\u2028 é 😀 \uFFFD');
  });
});

describe('the resource of a target', () => {
  const parts = { serviceName: 's', jobName: 'j', dataCenter: 'us-east1' };
  const idOf = (task: Task): unknown => resourceOf(task, 'p', 'global').labels.task_id;

  it('T1 has host and number, the number alone where there is no host', () => {
    expect(idOf(new Task({ ...parts, hostName: 'v1', taskNum: 7 }))).toBe('v1/7');
    expect(idOf(new Task({ ...parts, taskNum: 7 }))).toBe('7');
    expect(idOf(new Task(parts))).toBe('0');
  });

  it('T1 is "global" for the global target, which is not the task number 0', () => {
    const global = new Task(parts).toGlobal();
    expect(idOf(global)).toBe('global');
  });

  it('T1 differs where a part of the target does', () => {
    const tasks = [
      parts,
      { ...parts, hostName: 'v1' },
      { ...parts, hostName: 'v1/0' },
      { ...parts, dataCenter: 'local' },
      { ...parts, dataCenter: 'unknown' },
      { ...parts, dataCenter: 'unknown', hostName: 'v1' },
      { ...parts, dataCenter: '', hostName: 'unknown/v1' },
      { ...parts, jobName: 'k' },
      { ...parts, serviceName: 'k' },
      { ...parts, taskNum: 1 },
    ].map(each => new Task(each));
    const devices = [
      { hostname: 'h' },
      { hostname: 'h', metro: 'us-east1' },
      { hostname: 'h', role: 'us-east1' },
      { hostname: 'h', role: 'a/b' },
      { hostname: 'h', role: 'a', hostgroup: 'b' },
      { hostname: 'h', metro: 'a', role: 'b' },
    ].map(each => new Device(each));
    const targets = [...tasks, ...devices];
    const texts = targets.map(target => JSON.stringify(resourceOf(target, 'p', 'global')));
    expect(new Set(texts).size).toBe(targets.length);
  });

  it.each([
    ['europe-west1', 'europe-west1'],
    ['northamerica-northeast2', 'northamerica-northeast2'],
    ['us-central1-a', 'us-central1-a'],
    ['us-east-1', 'us-east-1'],
    ['', 'us-central1'],
    ['local', 'us-central1'],
    ['unknown', 'us-central1'],
    ['us15', 'us-central1'],
    ['projects/1/zones/us15', 'us-central1'],
  ])('in data center "%s" has the location %s', (dataCenter, location) => {
    const task = new Task({ ...parts, dataCenter });
    expect(resourceOf(task, 'p', 'us-central1').labels.location).toBe(location);
  });

  it('that is a Device, or a shape of its own, is a generic_node', async () => {
    const server = await startServer();
    const device = new Device({ metro: 'lab', role: 'printer', hostname: 'p1', hostgroup: 'g' });
    const own = { type: 'builder', key: 'b1', labels: () => ({}) };
    const cells = [cell(queue, 1, [], device), cell(queue, 2, [], own)];
    expect(await send(monitorOf(server), cells, at(1))).toEqual({ rejected: [] });
    expect(server.written.map(({ resource }) => resource)).toEqual([
      {
        type: 'generic_node',
        labels: {
          project_id: 'my-shop',
          location: 'global',
          namespace: 'lab/printer/g',
          node_id: 'p1',
        },
      },
      {
        type: 'generic_node',
        labels: { project_id: 'my-shop', location: 'global', namespace: 'builder', node_id: 'b1' },
      },
    ]);
  });
});
