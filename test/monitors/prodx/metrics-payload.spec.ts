import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { Device } from '../../../lib/targets/device.js';
import type { Target } from '../../../lib/targets/target.js';
import { Task } from '../../../lib/targets/task.js';
import { turnsDuring } from '../debug/turns.js';
import { decodedRequest, type Collection } from './messages.js';
import {
  cell,
  counter,
  distributionOf,
  encoded,
  foo,
  load,
  options,
  sent,
  text,
  times,
} from './requests.js';

describe('targets', () => {
  const labels = ({ root_labels }: Collection): unknown[][] =>
    root_labels.map(({ key, ...value }) => [key, ...Object.values(value)]);

  it('a task has its labels in order', async () => {
    const target = new Task({
      serviceName: 's',
      jobName: 'j',
      dataCenter: 'd',
      hostName: 'h',
      taskNum: 7,
    });
    const [collection] = await sent(cell(foo, 1, [], target));
    expect(labels(collection!)).toEqual([
      ['proxy_environment', 'pa'],
      ['acquisition_name', 'mon-chrome-infra'],
      ['proxy_zone', 'atl'],
      ['service_name', 's'],
      ['job_name', 'j'],
      ['data_center', 'd'],
      ['host_name', 'h'],
      ['task_num', '7'],
      ['is_tsmon', true],
    ]);
  });

  it('a device has its labels in order', async () => {
    const target = new Device({ metro: 'm', role: 'r', hostname: 'h', hostgroup: 'g' });
    const [collection] = await sent(cell(foo, 1, [], target));
    expect(labels(collection!)).toEqual([
      ['proxy_environment', 'pa'],
      ['acquisition_name', 'mon-chrome-infra'],
      ['proxy_zone', 'atl'],
      ['pop', ''],
      ['alertable', true],
      ['realm', 'ACQ_CHROME'],
      ['asn', '0'],
      ['metro', 'm'],
      ['role', 'r'],
      ['hostname', 'h'],
      ['vendor', ''],
      ['hostgroup', 'g'],
      ['is_tsmon', true],
    ]);
  });

  it('a target of another shape has its labels, and is_tsmon', async () => {
    const builder: Target = {
      type: 'builder',
      key: 'b',
      labels: () => ({ bucket: 'ci', number: -3, staging: false }),
    };
    const [collection] = await sent(cell(foo, 1, [], builder));
    expect(labels(collection!)).toEqual([
      ['bucket', 'ci'],
      ['number', '-3'],
      ['staging', false],
      ['is_tsmon', true],
    ]);
  });

  it('cells are grouped by the key of the target, then by name, in the order of their first appearance', async () => {
    const first = new Task({ serviceName: 'a', jobName: 'bc' });
    const twin = new Task({ serviceName: 'a', jobName: 'bc' });
    const second = new Task({ serviceName: 'ab', jobName: 'c' });
    const collections = await sent(
      cell(foo, 1, [], first),
      cell(load, 2, [], second),
      cell(text, '3', [], first),
      cell(foo, 4, [], second),
      cell(foo, 5, [], twin),
      cell(load, 6, [], second),
    );
    const shape = collections.map(({ metrics_data_set }) =>
      metrics_data_set.map(({ metric_name, data }) => [
        metric_name,
        ...data.map(({ int64_value, double_value, string_value }) =>
          Number(int64_value ?? double_value ?? string_value),
        ),
      ]),
    );
    expect(shape).toEqual([
      [
        ['/chrome/infra/foo', 1, 5],
        ['/chrome/infra/text', 3],
      ],
      [
        ['/chrome/infra/load', 2, 6],
        ['/chrome/infra/foo', 4],
      ],
    ]);
  });

  it('two copies of a declaration are one data set, and a name with the prefix is the name without', async () => {
    const copy = new IntGauge('foo', { ...options, units: 's', registry: new Registry() });
    const whole = new IntGauge('/chrome/infra/foo', {
      ...options,
      units: 's',
      registry: new Registry(),
    });
    const [collection] = await sent(cell(foo, 1), cell(copy, 2), cell(whole, 3));
    expect(collection!.metrics_data_set).toHaveLength(1);
    expect(collection!.metrics_data_set[0]!.data.map(data => data.int64_value)).toEqual([
      '1',
      '2',
      '3',
    ]);
  });
});

it('two declarations of one name that differ keep their values apart', async () => {
  const other = new StringGauge('foo', { registry: new Registry(), fields: { f: 'string' } });
  const [collection] = await sent(cell(foo, 1), cell(other, 'two', ['three']));
  expect(collection!.metrics_data_set).toMatchObject([
    {
      value_type: 'INT64',
      data: [{ int64_value: '1' }, { string_value: 'two', field: [{ string_value: 'three' }] }],
    },
  ]);
});

describe('a cell whose target cannot be written is refused, and the others are written', () => {
  const targetOf = (labels: () => object): Target => ({
    type: 'own',
    key: 'broken',
    labels: labels as Target['labels'],
  });

  it.each([
    ['a label of no type', () => ({ label: null }), /Label "label" of a target/],
    ['a label with a fraction', () => ({ label: 0.5 }), /safe integer, got 0.5/],
    [
      'labels that throw',
      () => {
        throw new Error('oh');
      },
      /oh/,
    ],
  ])('%s', async (_, labels, reason) => {
    const broken = cell(foo, 1, [], targetOf(labels));
    const rejection = { reason: expect.stringMatching(reason), outcome: 'refused' };
    const { bytes, rejected } = await encoded([cell(foo, 1), broken, cell(foo, 2)]);
    expect(rejected).toEqual([{ index: 1, ...rejection }]);
    const collections = decodedRequest(bytes);
    expect(collections.map(c => c.metrics_data_set.map(({ data }) => data.length))).toEqual([[2]]);
    expect(await encoded([broken])).toMatchObject({
      parts: 0,
      rejected: [{ index: 0, ...rejection }],
    });
  });
});

it('a payload without cells is no request', async () => {
  expect(await encoded([])).toMatchObject({ parts: 0, rejected: [] });
});

it.each([NaN, Infinity, 0.5])('the end time %s is an error', async endTime => {
  await expect(encoded([cell(foo, 1)], { endTime })).rejects.toThrow(
    'endTime must be whole microseconds',
  );
});

describe('F9 while a request is made, other work gets its turn:', () => {
  const valuesIn = (bytes: Buffer): number[] =>
    decodedRequest(bytes).flatMap(({ metrics_data_set: [dataSet] }) =>
      dataSet!.data.map(({ int64_value }) => Number(int64_value)),
    );

  it('100,000 cells are serialised in parts, and arrive in their order', async () => {
    const many = Array.from({ length: 100_000 }, (_, i) =>
      cell(counter, i, [`f ${i % 700}`, i, i % 2 === 0]),
    );
    let bytes: Buffer | undefined;
    const turns = await turnsDuring(async () => {
      ({ bytes } = await encoded(many));
    });
    expect(turns).toBeGreaterThan(2);
    expect(valuesIn(bytes!)).toEqual(many.map(({ value }) => value));
  }, 60_000);

  it('a chunk of counters is serialised at once', async () => {
    const cells = Array.from({ length: 200 }, (_, i) => cell(counter, i, ['f', i, true]));
    const { bytes, parts } = await encoded(cells);
    expect(parts).toBe(1);
    expect(valuesIn(bytes)).toEqual(cells.map(({ value }) => value));
  });

  it('each of the largest distributions is serialised alone, and together they are one request', async () => {
    const value = distributionOf(Bucketer.fixedWidth(1, 10_000), 1e9);
    const { bytes, parts } = await encoded(Array.from({ length: 7 }, () => cell(times, value)));
    expect(parts).toBe(7);
    const collections = decodedRequest(bytes);
    expect(collections).toEqual(Array.from({ length: 7 }, () => collections[0]));
    expect(collections[0]!.metrics_data_set[0]!.data[0]).toMatchObject({
      distribution_value: { count: '1', bucket_count: { length: 10_002 } },
    });
  }, 60_000);
});
