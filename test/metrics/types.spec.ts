import { describe, expect, it } from 'vitest';
import { Bucketer } from '../../lib/metrics/bucketer.js';
import { Counter } from '../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../lib/metrics/cumulative-distribution.js';
import { NonCumulativeDistribution } from '../../lib/metrics/non-cumulative-distribution.js';
import { Distribution } from '../../lib/metrics/distribution.js';
import { BoolGauge, FloatGauge, StringGauge } from '../../lib/metrics/gauge.js';
import type { FieldDeclarations } from '../../lib/metrics/fields.js';
import type { Metric } from '../../lib/metrics/metric.js';
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

  it('add() alone is for metrics without fields', () => {
    const visits = new Counter('visits', { registry });
    visits.add();
    visits.cell().add();
    expect(visits.get()).toBe(2);
    // @ts-expect-error the fields are missing
    expect(() => orders.add()).toThrow(TypeError);
    // @ts-expect-error a value that is undefined is a mistake
    expect(() => visits.add(undefined)).toThrow(TypeError);
    expect(visits.get()).toBe(2);
  });

  it('code for metrics without fields takes none with fields, and the other way round', () => {
    const count = (counter: Counter): void => counter.add(1);
    // @ts-expect-error orders has fields
    expect(() => count(orders)).toThrow(TypeError);
    const countOk = (counter: Counter<{ status: 'string' }>): void =>
      counter.add(1, { status: 'ok' });
    const none = new Counter('none', { registry });
    // @ts-expect-error none has no field status
    expect(() => countOk(none)).toThrow(TypeError);
    // @ts-expect-error orders has more fields
    expect(() => countOk(orders)).toThrow(TypeError);
    function countAny<F extends FieldDeclarations>(counter: Counter<F>): void {
      // @ts-expect-error the fields are not known
      counter.add(1);
    }
    expect(() => countAny(orders)).toThrow(TypeError);
    const gauge = new FloatGauge('g', { registry, fields: { room: 'string' } });
    // @ts-expect-error gauge has a field
    const withoutFields: FloatGauge = gauge;
    // Any metric is a Metric.
    const metrics: readonly Metric[] = [orders, hits, gauge, withoutFields];
    expect(metrics).toHaveLength(4);
  });

  it('code for any fields passes them on', () => {
    function countOnce<F extends FieldDeclarations>(
      counter: Counter<F>,
      ...args: Parameters<Counter<F>['cell']>
    ): void {
      counter.cell(...args).add(1);
    }
    const fields = { status: 'generic', retries: 0, gift: false };
    countOnce(orders, fields);
    expect(orders.get(fields)).toBe(1);
  });

  it('a part of the fields is checked too', () => {
    orders.set(1, { status: 'kept', retries: 0, gift: false });
    orders.deleteMatching({ status: 'gone' });
    // @ts-expect-error status is a string
    expect(() => orders.deleteMatching({ status: 1 })).toThrow(TypeError);
    // @ts-expect-error there is no field colour
    expect(() => orders.deleteMatching({ colour: 'red' })).toThrow(TypeError);
    const statuses: string[] = orders.cells().map(({ fields, value }) => {
      const amount: number = value;
      return fields.status + amount;
    });
    expect(statuses).toContain('kept1');
  });

  it('a timer takes the missing fields at its end', () => {
    const times = new CumulativeDistribution('times', {
      registry,
      units: 'ms',
      fields: { method: 'string', ok: 'bool' },
    });
    times.startTimer({ method: 'card' })({ ok: true });
    times.startTimer({ method: 'card', ok: true })();
    times.startTimer()({ method: 'cash', ok: true });
    times.startTimer({ method: 'card' })({ method: 'cash', ok: true });
    // @ts-expect-error ok is missing
    expect(() => times.startTimer({ method: 'card' })()).toThrow(TypeError);
    // @ts-expect-error ok is a bool
    expect(() => times.startTimer({ ok: 1 })).toThrow(TypeError);
    // @ts-expect-error there is no field colour
    expect(() => times.startTimer({ colour: 'red' })).toThrow(TypeError);
    // @ts-expect-error ok is missing
    expect(() => times.time({ method: 'card' }, () => 1)).toThrow(TypeError);
    // @ts-expect-error the fields are missing
    expect(() => times.time(() => 1)).toThrow(TypeError);
    const one: number = times.time({ method: 'cash', ok: true }, () => 1);
    expect(one).toBe(1);
    const plain = new CumulativeDistribution('plain_times', { registry, units: 'ms' });
    plain.startTimer()();
    // @ts-expect-error there are no fields
    plain.startTimer()(5);
    const two: Promise<number> = plain.time(async () => 2);
    return expect(two).resolves.toBe(2);
  });

  it('a field has one of three types', () => {
    // @ts-expect-error there are no float fields
    expect(() => new Counter('odd', { registry, fields: { share: 'float' } })).toThrow(RangeError);
  });

  it('variables are accepted as literals are', () => {
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

  it('only gauges of numbers have add(), and counters have no buckets', () => {
    // @ts-expect-error a gauge of strings is set
    expect(new StringGauge('version', { registry }).add).toBeUndefined();
    // @ts-expect-error a gauge of booleans is set
    expect(new BoolGauge('up', { registry }).cell().add).toBeUndefined();
    // @ts-expect-error a counter has no bucketer
    const make = (): unknown => new Counter('plain', { registry, bucketer: Bucketer.default });
    expect(make).toThrow(TypeError);
  });

  it('options without a value are the same as none, and other things are no options', () => {
    const shared = { registry, bucketer: undefined };
    expect(() => new Counter('shared', shared as object)).not.toThrow();
    expect(() => new Counter('nothing', null as never)).toThrow(
      'The options of metric "nothing" must be an object, got null.',
    );
    expect(() => new Counter('list', [] as never)).toThrow(TypeError);
  });

  it('units are those of Units', () => {
    // @ts-expect-error the unit is 's'
    expect(() => new Counter('time', { registry, units: 'seconds' })).toThrow(RangeError);
  });
});
