import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Counter } from '../../lib/metrics/counter.js';
import {
  CumulativeDistribution,
  NonCumulativeDistribution,
} from '../../lib/metrics/distribution-metric.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { BoolGauge, FloatGauge, StringGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';

// tsc compiles this file: a line marked @ts-expect-error that compiles after all is an error.

const registry = new Registry();
const orders = new Counter('orders', {
  registry,
  fields: { status: 'string', retries: 'int', gift: 'bool' },
});
const hits = new Counter('hits', { registry });

describe('fields are typed by their declaration', () => {
  it('wrong ones neither compile nor run', () => {
    // @ts-expect-error gift is missing
    expect(() => orders.add(1, { status: 'ok', retries: 0 })).toThrow(TypeError);
    // @ts-expect-error retries is an int
    expect(() => orders.add(1, { status: 'ok', retries: '0', gift: false })).toThrow(TypeError);
    // @ts-expect-error status is a string
    expect(() => orders.add(1, { status: 200, retries: 0, gift: false })).toThrow(TypeError);
    // @ts-expect-error gift is a bool
    expect(() => orders.add(1, { status: 'ok', retries: 0, gift: 1 })).toThrow(TypeError);
    // @ts-expect-error there is no field colour
    expect(() => orders.add(1, { status: '', retries: 0, gift: true, colour: '' })).toThrow(
      TypeError,
    );
    // @ts-expect-error the fields are missing
    expect(() => orders.add(1)).toThrow(TypeError);
    // @ts-expect-error the fields are missing
    expect(() => orders.get()).toThrow(TypeError);
    // @ts-expect-error the fields are missing
    expect(() => orders.delete()).toThrow(TypeError);
    // @ts-expect-error retries is missing
    expect(() => orders.cell({ status: 'ok', gift: false })).toThrow(TypeError);
  });

  it('a metric without fields takes no second argument', () => {
    hits.add(1);
    hits.cell().add(1);
    expect(hits.get()).toBe(2);
    // @ts-expect-error there is no second argument
    hits.add(1, {});
    // @ts-expect-error there is no field status
    expect(() => new Counter('others', { registry }).add(1, { status: 'ok' })).toThrow(TypeError);
  });

  it('a field has one of three types', () => {
    // @ts-expect-error there are no float fields
    expect(() => new Counter('odd', { registry, fields: { share: 'float' } })).toThrow(RangeError);
  });

  it('variables do as well as literals', () => {
    const fields = { status: 'ok', retries: 3, gift: true };
    orders.add(2, fields);
    expect(orders.get(fields)).toBe(2);
  });
});

describe('values are typed by the kind', () => {
  it('wrong ones neither compile nor run', () => {
    // @ts-expect-error a number
    expect(() => hits.add('1')).toThrow(TypeError);
    // @ts-expect-error a string
    expect(() => new StringGauge('s', { registry }).set(1)).toThrow(TypeError);
    // @ts-expect-error a boolean
    expect(() => new BoolGauge('b', { registry }).set('true')).toThrow(TypeError);
    // @ts-expect-error a Distribution
    expect(() => new NonCumulativeDistribution('n', { registry }).set(1)).toThrow(TypeError);
    // @ts-expect-error a number
    expect(() => new CumulativeDistribution('c', { registry }).add(new Distribution())).toThrow(
      TypeError,
    );
  });

  it('get() returns the type of the kind, or undefined', () => {
    const load: number | undefined = new FloatGauge('load', { registry }).get();
    const version: string | undefined = new StringGauge('version', { registry }).get();
    const up: boolean | undefined = new BoolGauge('up', { registry }).get();
    // @ts-expect-error a string gauge gives strings
    const wrong: number | undefined = new StringGauge('version', { registry }).get();
    expect([load, version, up, wrong]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('gauges do not add, counters have no buckets', () => {
    // @ts-expect-error a gauge is set
    expect(new FloatGauge('load', { registry }).add).toBeUndefined();
    // @ts-expect-error a counter has no bucketer
    const counter = new Counter('plain', { registry, bucketer: Bucketer.default });
    expect(counter).not.toHaveProperty('bucketer');
  });

  it('units are those of Units', () => {
    // @ts-expect-error the unit is 's'
    expect(() => new Counter('time', { registry, units: 'seconds' })).toThrow(RangeError);
  });
});
