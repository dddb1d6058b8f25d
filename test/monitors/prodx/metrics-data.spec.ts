import { describe, expect, it } from 'vitest';
import { IntGauge, StringGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import type { Target } from '../../../lib/targets/target.js';
import { cell, counter, dataSent, floats, load, sent, text } from './requests.js';

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

  it.each([
    ['a short text', 'a\ud83c', 'a\ufffd'],
    ['a long text', 'b'.repeat(100) + '\udf89', 'b'.repeat(100) + '\ufffd'],
  ])('half a surrogate pair in %s is replaced', async (_, value, expected) => {
    const target: Target = { type: 'own', key: 'k', labels: () => ({ [value]: value }) };
    const metric = new StringGauge('gauge', {
      registry: new Registry(),
      description: value,
      fields: { f: 'string' },
    });
    const [collection] = await sent(cell(metric, value, [value], target));
    expect(collection).toMatchObject({
      root_labels: [{ key: expected, string_value: expected }, {}],
      metrics_data_set: [
        {
          description: expected,
          data: [{ string_value: expected, field: [{ string_value: expected }] }],
        },
      ],
    });
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

  it('1, true and "1" are different values', async () => {
    const numbers = new IntGauge('numbers', {
      registry: new Registry(),
      fields: { a: 'int', b: 'bool', c: 'string' },
    });
    expect(await dataSent(cell(numbers, 1, [1, true, '1']))).toMatchObject({
      field: [{ int64_value: '1' }, { bool_value: true }, { string_value: '1' }],
    });
  });
});
