import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter, FloatCounter } from '../../../lib/metrics/counter.js';
import { Distribution } from '../../../lib/metrics/distribution.js';
import {
  CumulativeDistribution,
  NonCumulativeDistribution,
} from '../../../lib/metrics/distribution-metric.js';
import { BoolGauge, FloatGauge, IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import type { FieldValue } from '../../../lib/metrics/fields.js';
import type { CellValue, MetricDeclaration } from '../../../lib/metrics/metric-declaration.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { RequestEncoder } from '../../../lib/monitors/prodx/request-encoder.js';
import type { Cell } from '../../../lib/store/cell.js';
import { Device } from '../../../lib/targets/device.js';
import type { Target } from '../../../lib/targets/target.js';
import { Task } from '../../../lib/targets/task.js';
import { turnsDuring } from '../debug/turns.js';
import { decoded, decodedRequest, type Collection, type Message } from './messages.js';

const nobody = new Task({ serviceName: '', jobName: '' });
const micros = (iso: string): number => Date.parse(iso) * 1000;
const resetTime = micros('2000-01-02T03:04:05Z') + 6;
const now = micros('2001-01-02T03:04:05Z') + 6;

const options = { registry: new Registry(), description: 'bar' };
const fields = { f: 'string', n: 'int', b: 'bool' } as const;
const foo = new IntGauge('foo', { ...options, units: 's' });
const counter = new Counter('counter', { ...options, fields });
const floats = new FloatCounter('floats', { ...options, units: 'ms' });
const load = new FloatGauge('load', options);
const text = new StringGauge('text', options);
const bool = new BoolGauge('bool', options);
const ages = new NonCumulativeDistribution('ages', { ...options, units: 's' });
const times = new CumulativeDistribution('times', options);

function cell(
  metric: MetricDeclaration,
  value: CellValue,
  fieldValues: readonly FieldValue[] = [],
  target: Target = nobody,
): Cell {
  return { metric, fieldValues, target, resetTime, value };
}

function distributionOf(bucketer: Bucketer, ...samples: number[]): Distribution {
  const distribution = new Distribution(bucketer);
  samples.forEach(sample => distribution.add(sample));
  return distribution;
}

async function sent(...cells: Cell[]): Promise<Collection[]> {
  const { request, rejected } = await new RequestEncoder('/chrome/infra/').encode(cells, now);
  expect(rejected).toEqual([]);
  return decodedRequest(request!);
}

async function dataSent(...cells: Cell[]): Promise<Message> {
  const [collection] = await sent(...cells);
  return collection!.metrics_data_set[0]!.data[0]!;
}

/** LUCI's golden payloads have 6 ns where we, whose clock has microseconds, have 6 µs. */
function withMicros<T>(message: T): T {
  return JSON.parse(JSON.stringify(message).replaceAll('"nanos":6}', '"nanos":6000}')) as T;
}

const REQUEST = 'google.internal.prodx.mon.v1.MonitoringInsertRequest';
const ACQUISITION_LABELS =
  '12170a1170726f78795f656e7669726f6e6d656e741202706112240a106163717569736974696f6e5f6e616d6512106d6f6e2d6368726f6d652d696e66726112110a0a70726f78795f7a6f6e65120361746c';
const END_OF_LABELS =
  '120f0a0b646174615f63656e7465721200120d0a09686f73745f6e616d651200120c0a087461736b5f6e756d1800120c0a0869735f74736d6f6e2001';

describe('golden payloads of LUCI', () => {
  it('a gauge of an empty task', async () => {
    const golden = `0aeb010a3b0a112f6368726f6d652f696e6672612f666f6f180020022a0362617232050a017310013a16182a3a0808a58ac5d2031006420808a58ac5d2031006${ACQUISITION_LABELS}12100a0c736572766963655f6e616d651200120c0a086a6f625f6e616d651200${END_OF_LABELS}`;
    const { metrics_collection } = decoded(
      'ts_mon.proto.MetricsPayload',
      Buffer.from(golden, 'hex'),
    );
    expect(await sent(cell(foo, 42))).toEqual(withMicros(metrics_collection));
  });

  it('a gauge of a device, whose labels are in the order of LUCI, too', async () => {
    // The data is that of the task above; the labels were encoded by protobufjs.
    const golden = `0aa9020a3b0a112f6368726f6d652f696e6672612f666f6f180020022a0362617232050a017310013a16182a3a0808a58ac5d2031006420808a58ac5d2031006${ACQUISITION_LABELS}12070a03706f701200120d0a09616c65727461626c65200112130a057265616c6d120a4143515f4348524f4d4512070a0361736e1800120c0a056d6574726f12036c6162120f0a04726f6c6512077072696e746572120e0a08686f73746e616d6512027031120a0a0676656e646f72120012190a09686f737467726f7570120c7365636f6e642d666c6f6f72120c0a0869735f74736d6f6e2001`;
    const { metrics_collection } = decoded(
      'ts_mon.proto.MetricsPayload',
      Buffer.from(golden, 'hex'),
    );
    const target = new Device({
      metro: 'lab',
      role: 'printer',
      hostname: 'p1',
      hostgroup: 'second-floor',
    });
    expect(await sent(cell(foo, 42, [], target))).toEqual(withMicros(metrics_collection));
  });

  it('a cumulative distribution with fields, as a whole request', async () => {
    const golden = `12e0020add020aa2010a112f6368726f6d652f696e6672612f666f6f12050a0166100012050a016e100112050a01621002180120042a0362617232050a017310003a682a390801110000000000009040321408141100000000000024401900000000000000004a160000000000000000000000000000000000000000000132080a016612036f6e6532060a016e18c80132050a016220003a0808a580bbc3031006420808a58ac5d2031006${ACQUISITION_LABELS}12150a0c736572766963655f6e616d65120568656c6c6f12110a086a6f625f6e616d651205776f726c64${END_OF_LABELS}`;
    const metric = new CumulativeDistribution('foo', {
      registry: new Registry(),
      description: 'bar',
      units: 's',
      fields,
    });
    const target = new Task({ serviceName: 'hello', jobName: 'world' });
    const value = distributionOf(Bucketer.fixedWidth(10, 20), 1024);
    const { request } = await new RequestEncoder('/chrome/infra/').encode(
      [cell(metric, value, ['one', 200, false], target)],
      now,
    );
    expect(decoded(REQUEST, request!)).toEqual(
      withMicros(decoded(REQUEST, Buffer.from(golden, 'hex'))),
    );
    // In LUCI's order even the bytes are the same, but for those microseconds and the lengths around them.
    expect(request!.toString('hex').slice(-300)).toBe(golden.slice(-300));
  });

  it.each([
    [
      'empty, linear',
      distributionOf(Bucketer.fixedWidth(10, 20)),
      '080032140814110000000000002440190000000000000000',
    ],
    [
      'geometric',
      distributionOf(Bucketer.geometric(2, 20), 0, 4, 1024, 1536, 1_048_576),
      '08051100000000a0a909413a14081411000000000000004019000000000000f03f4a1601000001000000000000000200000000000000000001',
    ],
  ])('a distribution: %s', async (_, value, golden) => {
    const expected = decoded('ts_mon.proto.MetricsData.Distribution', Buffer.from(golden, 'hex'));
    const { distribution_value } = await dataSent(cell(times, value));
    expect(distribution_value).toEqual(expected);
  });
});

describe('a data set', () => {
  it.each([
    [foo, 1, 'GAUGE', 'INT64', { int64_value: '1' }],
    [counter, 1, 'CUMULATIVE', 'INT64', { int64_value: '1' }],
    [load, 0.5, 'GAUGE', 'DOUBLE', { double_value: 0.5 }],
    [floats, -0.5, 'CUMULATIVE', 'DOUBLE', { double_value: -0.5 }],
    [text, 'v1', 'GAUGE', 'STRING', { string_value: 'v1' }],
    [bool, true, 'GAUGE', 'BOOL', { bool_value: true }],
    [ages, new Distribution(), 'GAUGE', 'DISTRIBUTION', { distribution_value: expect.anything() }],
    [
      times,
      new Distribution(),
      'CUMULATIVE',
      'DISTRIBUTION',
      { distribution_value: expect.anything() },
    ],
  ])('%s', async (metric, value, streamKind, valueType, wireValue) => {
    const values = metric === counter ? ['', 0, false] : [];
    const [collection] = await sent(cell(metric, value, values));
    const [dataSet] = collection!.metrics_data_set;
    expect(dataSet).toMatchObject({
      stream_kind: streamKind,
      value_type: valueType,
      description: 'bar',
    });
    const { field: _, ...data } = dataSet!.data[0]!;
    const end = { seconds: String(Date.UTC(2001, 0, 2, 3, 4, 5) / 1000), nanos: 6000 };
    const start = { ...end, seconds: String(Date.UTC(2000, 0, 2, 3, 4, 5) / 1000) };
    expect(data).toEqual({
      ...wireValue,
      start_timestamp: streamKind === 'GAUGE' ? end : start,
      end_timestamp: end,
    });
  });

  it('zeros are present', async () => {
    expect(await dataSent(cell(foo, 0))).toMatchObject({ int64_value: '0' });
    expect(await dataSent(cell(load, 0))).toMatchObject({ double_value: 0 });
    expect(await dataSent(cell(text, ''))).toMatchObject({ string_value: '' });
    expect(await dataSent(cell(bool, false))).toMatchObject({ bool_value: false });
    expect(await dataSent(cell(counter, 0, ['', 0, false]))).toMatchObject({
      int64_value: '0',
      field: [
        { name: 'f', string_value: '' },
        { name: 'n', int64_value: '0' },
        { name: 'b', bool_value: false },
      ],
    });
    const undescribed = new IntGauge('undescribed', { registry: new Registry() });
    const [collection] = await sent(cell(undescribed, 0));
    expect(collection!.metrics_data_set[0]).toMatchObject({ description: '' });
    expect(collection!.metrics_data_set[0]).not.toHaveProperty('annotations');
  });

  it.each([
    [foo, { unit: 's', timestamp: true }],
    [floats, { unit: 'ms', timestamp: true }],
    [ages, { unit: 's', timestamp: false }],
    [
      new IntGauge('bytes', { registry: new Registry(), units: 'By' }),
      { unit: 'By', timestamp: false },
    ],
  ])('annotations of %s', async (metric, annotations) => {
    const value = metric === ages ? new Distribution() : 1;
    const [collection] = await sent(cell(metric, value));
    expect(collection!.metrics_data_set[0]!.annotations).toEqual(annotations);
  });

  it('an empty distribution has neither mean nor bucket counts, one of zeros has a mean', async () => {
    const exponential_buckets = { num_finite_buckets: 100, growth_factor: 10 ** 0.2, scale: 1 };
    expect(await dataSent(cell(ages, new Distribution()))).toMatchObject({
      distribution_value: { count: '0', exponential_buckets },
    });
    const { distribution_value } = await dataSent(cell(ages, new Distribution()));
    expect(Object.keys(distribution_value as object)).toEqual(['count', 'exponential_buckets']);
    const zeros = distributionOf(Bucketer.geometric(2, 4, 0.5), 0, 0);
    expect((await dataSent(cell(ages, zeros))).distribution_value).toEqual({
      count: '2',
      mean: 0,
      exponential_buckets: { num_finite_buckets: 4, growth_factor: 2, scale: 0.5 },
      bucket_count: ['2'],
    });
  });

  it('the overflow bucket is the last count of all', async () => {
    const over = distributionOf(Bucketer.fixedWidth(1, 300), 1e9, -1);
    const { distribution_value } = await dataSent(cell(times, over));
    const { bucket_count } = distribution_value as { bucket_count: string[] };
    expect(bucket_count).toHaveLength(302);
    expect([bucket_count[0], bucket_count[301], new Set(bucket_count).size]).toEqual(['1', '1', 2]);
  });

  it.each([
    ['foo', '/my/prefix/foo'],
    ['/foo/bar', '/foo/bar'],
    ['/my/prefix/foo', '/my/prefix/foo'],
  ])('with a prefix of one’s own %s is %s', async (name, expected) => {
    const metric = new IntGauge(name, { registry: new Registry() });
    const { request } = await new RequestEncoder('/my/prefix/').encode([cell(metric, 1)], now);
    expect(decodedRequest(request!)[0]!.metrics_data_set[0]!.metric_name).toBe(expected);
  });
});

describe('values', () => {
  it.each([
    1,
    127,
    128,
    16_383,
    16_384,
    2 ** 21 - 1,
    2 ** 21,
    2 ** 28 - 1,
    2 ** 28,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 35 - 1,
    2 ** 35,
    2 ** 42 - 1,
    2 ** 42,
    2 ** 49 - 1,
    2 ** 49,
    Number.MAX_SAFE_INTEGER,
  ])('the integer %d and its negative', async value => {
    const numbers = new IntGauge('numbers', { registry: new Registry(), fields: { n: 'int' } });
    for (const signed of [value, -value]) {
      const wire = { int64_value: String(signed) };
      expect(await dataSent(cell(numbers, signed, [signed]))).toMatchObject({
        ...wire,
        field: [{ name: 'n', ...wire }],
      });
    }
  });

  it.each([Number.MAX_VALUE, Number.MIN_VALUE, -1e-300, 0.1, -0])('the float %d', async value => {
    expect((await dataSent(cell(load, value))).double_value).toBe(value);
  });

  it.each([
    ['short', 'é'],
    ['of 63 and 64 letters', `${'a'.repeat(63)}·${'b'.repeat(64)}`],
    ['in many scripts', '日本語 עברית 🎉 é'],
    ['long', '🎉 and so on '.repeat(10_000)],
    ['with a NUL', 'a\0b'],
  ])('a text that is %s', async (_, value) => {
    expect(await dataSent(cell(counter, 1, [value, 1, true]))).toMatchObject({
      field: [{ string_value: value }, {}, {}],
    });
    expect((await dataSent(cell(text, value))).string_value).toBe(value);
  });

  it('half a surrogate pair is replaced, as everywhere', async () => {
    expect((await dataSent(cell(text, 'a\ud83c'))).string_value).toBe('a\ufffd');
  });

  it('times to the microsecond, at the epoch and far from it', async () => {
    for (const [time, timestamp] of [
      [0, {}],
      [1, { nanos: 1000 }],
      [-1, { seconds: '-1', nanos: 999_999_000 }],
      [5_000_000, { seconds: '5' }],
      [Number.MAX_SAFE_INTEGER, { seconds: '9007199254', nanos: 740_991_000 }],
    ] as const) {
      const data = await dataSent({ ...cell(floats, 1), resetTime: time });
      expect(data.start_timestamp).toEqual(timestamp);
    }
  });

  it('of many fields, more than are kept, each cell has its own', async () => {
    const cells = Array.from({ length: 3000 }, (_, i) =>
      cell(counter, i, [`f ${i % 1500}`, -i, i % 3 === 0]),
    );
    const encoder = new RequestEncoder('/');
    for (const order of [cells, cells.toReversed()]) {
      const { request } = await encoder.encode(order, now);
      const [
        {
          metrics_data_set: [dataSet],
        },
      ] = decodedRequest(request!) as [Collection];
      expect(
        dataSet!.data.map(({ int64_value, field }) => [
          Number(int64_value),
          (field as Message[]).map(f => f.string_value ?? f.int64_value ?? f.bool_value),
        ]),
      ).toEqual(order.map(({ value, fieldValues: [f, n, b] }) => [value, [f, String(n), b]]));
    }
  });

  it('1 and true and "1" are values of their own', async () => {
    const numbers = new IntGauge('numbers', {
      registry: new Registry(),
      fields: { a: 'int', b: 'bool', c: 'string' },
    });
    expect(await dataSent(cell(numbers, 1, [1, true, '1']))).toMatchObject({
      field: [{ int64_value: '1' }, { bool_value: true }, { string_value: '1' }],
    });
  });
});

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

  it('a shape of one’s own has its labels, and is_tsmon', async () => {
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

describe('a broken cell is rejected, and the others are written', () => {
  const brokenTarget = (label: unknown): Target => ({
    type: 'own',
    key: 'broken',
    labels: () => ({ label }) as never,
  });

  it.each([
    ['a value of another type', cell(foo, '1'), /IntGauge "foo" has a value of type string/],
    ['an int that is none', cell(foo, 0.5), /it cannot have: 0.5/],
    ['an int beyond the safe ones', cell(foo, 2 ** 53), /it cannot have/],
    ['NaN', cell(load, NaN), /it cannot have: NaN/],
    ['no value', cell(text, undefined as never), /it cannot have: undefined/],
    ['null for a bool', cell(bool, null as never), /it cannot have: null/],
    ['what is no distribution', cell(ages, { count: 1 } as never), /type object/],
    ['too few field values', cell(counter, 1, ['f', 1]), /its cell has 2 field values/],
    [
      'a mistyped field value',
      cell(counter, 1, [1, 1, true]),
      /Field "f" of metric "counter" is of type string/,
    ],
    ['a field value that is missing', cell(counter, 1, ['f', 1, undefined as never]), /Field "b"/],
    ['half a microsecond', { ...cell(foo, 1), resetTime: 0.5 }, /starts at 0.5/],
    ['a label of no type', cell(foo, 1, [], brokenTarget(null)), /Label "label" of a target/],
    ['a label with a fraction', cell(foo, 1, [], brokenTarget(0.5)), /safe integer, got 0.5/],
    [
      'labels that throw',
      cell(foo, 1, [], {
        type: 'own',
        key: 'k',
        labels: () => {
          throw new Error('oh');
        },
      }),
      /oh/,
    ],
  ])('%s', async (_, broken, reason) => {
    const encoder = new RequestEncoder('/');
    const { request, rejected } = await encoder.encode([cell(foo, 1), broken, cell(foo, 2)], now);
    expect(rejected).toEqual([
      { index: 1, reason: expect.stringMatching(reason), outcome: 'refused' },
    ]);
    const collections = decodedRequest(request!);
    expect(collections.map(c => c.metrics_data_set.map(({ data }) => data.length))).toEqual([[2]]);
    expect(await encoder.encode([broken], now)).toMatchObject({
      request: undefined,
      rejected: [{ index: 0, reason: expect.stringMatching(reason), outcome: 'refused' }],
    });
  });

  it('no cells are no request', async () => {
    expect(await new RequestEncoder('/').encode([], now)).toMatchObject({
      request: undefined,
      rejected: [],
    });
  });

  it.each([NaN, Infinity, 0.5, undefined as never])(
    'the end time %s is an error',
    async endTime => {
      await expect(new RequestEncoder('/').encode([cell(foo, 1)], endTime)).rejects.toThrow(
        'endTime must be whole microseconds',
      );
    },
  );
});

describe('the bytes of a request', () => {
  const cellsOf = (value: number): Cell[] => [cell(foo, value)];
  const valueIn = (request: Buffer | undefined): number =>
    Number(decodedRequest(request!)[0]!.metrics_data_set[0]!.data[0]!.int64_value);

  it('stay as they are until they are released, and their room is used again then', async () => {
    const encoder = new RequestEncoder('/');
    const first = await encoder.encode(cellsOf(1), now);
    const second = await encoder.encode(cellsOf(2), now);
    expect([valueIn(first.request), valueIn(second.request)]).toEqual([1, 2]);
    first.release();
    const third = await encoder.encode(cellsOf(3), now);
    expect(third.request!.buffer).toBe(first.request!.buffer);
    expect([valueIn(second.request), valueIn(third.request)]).toEqual([2, 3]);
  });
});

describe('F9 100,000 cells', () => {
  const many = Array.from({ length: 100_000 }, (_, i) =>
    cell(counter, i, [`f ${i % 700}`, i, i % 2 === 0]),
  );

  it('let other work have its turn, and all are there', async () => {
    let bytes: Buffer | undefined;
    const turns = await turnsDuring(async () => {
      bytes = (await new RequestEncoder('/').encode(many, now)).request;
    });
    expect(turns).toBeGreaterThan(2);
    const [collection] = decodedRequest(bytes!);
    const values = collection!.metrics_data_set[0]!.data.map(data => Number(data.int64_value));
    expect(values).toEqual(many.map(({ value }) => value));
  }, 60_000);

  it('encoded several at a time do not mix', async () => {
    const encoder = new RequestEncoder('/');
    const alone = await encoder.encode(many, now);
    await encoder.encode(many.slice(0, 1), now);
    const together = await Promise.all([1, 2, 3].map(() => encoder.encode(many, now)));
    for (const { request } of together) {
      expect(request!.equals(alone.request!)).toBe(true);
    }
  }, 60_000);
});
