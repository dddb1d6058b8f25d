import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import type { Distribution } from '../../lib/metrics/distribution.js';
import type { SourcePoint } from '../../lib/sources/metric-source.js';
import { withTarget } from '../../lib/targets/with-target.js';
import { Task } from '../../lib/targets/task.js';
import { FakeSource, metric, sent, setUp } from './flushed-source.js';

const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

beforeEach(() => {
  warn.mockClear();
});

const histogram = (bounds: number[], bucketCounts: number[], sum: number) => ({
  bounds,
  bucketCounts,
  count: bucketCounts.reduce((all, each) => all + each, 0),
  sum,
});

describe('a metric of a source', () => {
  it('becomes cells of the kind and with the name that ours would have', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [
      metric('http.server.requests', 'counter', 3, { isInteger: true }),
      metric('cpu_seconds_total', 'counter', 1.5),
      metric('queue.length', 'up-down', 4, { isInteger: true }),
      metric('job:load:avg', 'gauge', -0.5),
      metric('http.server.duration', 'histogram', histogram([1, 5], [1, 2, 3], 40)),
    ];
    expect(sent(await flush())).toEqual([
      ['Counter', 'http/server/requests', {}, 3],
      ['FloatCounter', 'cpu_seconds_total', {}, 1.5],
      ['IntGauge', 'queue/length', {}, 4],
      ['FloatGauge', 'job_load_avg', {}, -0.5],
      ['CumulativeDistribution', 'http/server/duration', {}, { counts: [1, 2, 3], sum: 40 }],
    ]);
  });

  it('has one declaration for each set of attributes, in any order', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [
      metric('hits', 'counter', [
        { attributes: { a: 'x', b: 1 }, value: 1 },
        { attributes: { b: 2, a: 'x' }, value: 2 },
        { attributes: { a: 'x' }, value: 3 },
      ]),
    ];
    const cells = await flush();
    expect(sent(cells)).toEqual([
      ['FloatCounter', 'hits', { a: 'x', b: 1 }, 1],
      ['FloatCounter', 'hits', { a: 'x', b: 2 }, 2],
      ['FloatCounter', 'hits', { a: 'x' }, 3],
    ]);
    expect(new Set(cells.map(cell => cell.metric)).size).toBe(2);
  });

  it('has the right values after points that keep their attributes have vanished and come back', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    const points = ['a', 'b', 'c'].map(key => ({ attributes: { key }, value: 0 }));
    const present = async (...keys: string[]) => {
      source.metrics = [
        {
          ...metric(
            'load',
            'gauge',
            points.filter(({ attributes }) => keys.includes(attributes.key)),
          ),
          keepsAttributes: true,
        },
      ];
      points.forEach(point => (point.value += point.attributes.key.charCodeAt(0)));
      return sent(await flush()) as unknown[][];
    };
    await present('a', 'b');
    await present('a', 'b');
    expect(await present('a')).toEqual([['FloatGauge', 'load', { key: 'a' }, 3 * 97]]);
    // The new point takes the row of the second one.
    await present('a', 'c');
    expect(await present('a', 'b')).toEqual([
      ['FloatGauge', 'load', { key: 'a' }, 5 * 97],
      ['FloatGauge', 'load', { key: 'b' }, 5 * 98],
    ]);
  });

  it('gives its original name, unit, scope and attributes to monitors', async () => {
    const source = new FakeSource('otel');
    const { flush } = setUp([source]);
    const attributes = {
      'http.route': '/a',
      'http-route': '/b',
      ratio: 0.5,
      tags: ['a', 'b', null],
      ok: true,
      '9lives': 9,
      long: 'x'.repeat(2000),
    };
    const scope = { name: 'pg', version: '1.2' };
    source.metrics = [
      metric('db.client.hits', 'counter', [{ attributes, value: 1 }], { unit: '{hit}', scope }),
    ];
    const [cell] = await flush();
    const { origin, fields } = cell!.metric;
    expect(origin).toMatchObject({ source: 'otel', name: 'db.client.hits', unit: '{hit}', scope });
    expect(origin!.attributesOf(cell!.fieldValues)).toEqual({
      ...attributes,
      long: 'x'.repeat(1024),
    });
    expect(fields.names).toEqual([
      'key_9lives',
      'http_route',
      'http_route_2',
      'long',
      'ok',
      'ratio',
      'tags',
    ]);
    const [later] = await flush();
    expect(later!.resetTime).toBe(cell!.resetTime);
    expect(sent(await flush())).toHaveLength(1);
  });

  it('leaves out attributes that are undefined, and goes on', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    const points = (value: number): SourcePoint[] =>
      [
        { attributes: { m: 'a' }, value },
        { attributes: { m: 'b', c: undefined }, value },
      ] as never;
    for (const value of [1, 2]) {
      source.metrics = [metric('hits', 'counter', points(value))];
      expect(sent(await flush())).toEqual([
        ['FloatCounter', 'hits', { m: 'a' }, value],
        ['FloatCounter', 'hits', { m: 'b' }, value],
      ]);
    }
  });

  it('does not begin anew because negative samples lower its sum', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [metric('delta', 'histogram', histogram([0], [0, 2], 5))];
    const [before] = await flush();
    source.metrics = [metric('delta', 'histogram', histogram([0], [1, 2], 3))];
    const [after] = await flush();
    expect(after!.resetTime).toBe(before!.resetTime);
    expect(sent([after!])).toEqual([
      ['CumulativeDistribution', 'delta', {}, { counts: [1, 2], sum: 3 }],
    ]);
  });

  it('may have the name of a declared metric, and of a metric of another source', async () => {
    const [one, other] = [new FakeSource(), new FakeSource()];
    const { flush, registry, reader } = setUp([one, other]);
    new Counter('hits', { registry }).add(1);
    one.metrics = [metric('hits', 'counter', 2)];
    other.metrics = [metric('hits', 'gauge', 3)];
    expect(sent(await flush()).map(cell => (cell as unknown[])[3])).toEqual([1, 2, 3]);
    expect(reader.names).toEqual(['fake', 'fake 2']);
  });

  it('is removed when it vanishes, cell by cell, and forgotten with its last', async () => {
    const source = new FakeSource();
    const { flush, registry } = setUp([source]);
    source.metrics = [
      metric('load', 'gauge', [
        { attributes: { cpu: 0 }, value: 1 },
        { attributes: { cpu: 1 }, value: 2 },
      ]),
    ];
    await flush();
    source.metrics = [metric('load', 'gauge', [{ attributes: { cpu: 1 }, value: 3 }])];
    expect(sent(await flush())).toEqual([['FloatGauge', 'load', { cpu: 1 }, 3]]);
    source.metrics = [];
    expect(await flush()).toEqual([]);
    expect(registry.instanceMetrics()).toEqual([]);
  });

  it('is of this instance, whatever withTarget() the flush runs in', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [metric('load', 'gauge', 1)];
    const other = new Task({ serviceName: 'other', jobName: 'job' });
    const [cell] = await withTarget(other, flush);
    expect(cell!.target.labels()).toMatchObject({ service_name: 'shop', job_name: 'web' });
  });
});

describe('points that have the same attributes, but for undefined ones', () => {
  it('are not left out silently', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    const points = [
      { attributes: { m: 'a', c: undefined }, value: 1 },
      { attributes: { m: 'a' }, value: 2 },
    ] as never;
    source.metrics = [metric('hits', 'counter', points)];
    expect(sent(await flush())).toEqual([['FloatCounter', 'hits', { m: 'a' }, 1]]);
    expect(sent(await flush())).toEqual([['FloatCounter', 'hits', { m: 'a' }, 1]]);
    expect(warn.mock.calls.map(([line]) => line as string)).toEqual([
      'Source "fake": metric "hits" has values that cannot be sent, and they are left out: Several points have the same attributes, and the first is sent. Undefined attributes are left out, and long ones are cut.',
    ]);
  });
});

describe('values that cannot be sent', () => {
  it('are left out, which is logged once, and the others are sent', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [
      metric('lag', 'gauge', NaN),
      metric('jobs', 'counter', 0.5, { isInteger: true }),
      metric('sizes', 'histogram', histogram([5, 1], [0, 1, 0], 1)),
      metric('sums', 'histogram', histogram([1], [0, 1], Infinity)),
      metric('load', 'gauge', 1),
    ];
    expect(sent(await flush())).toEqual([['FloatGauge', 'load', {}, 1]]);
    await flush();
    expect(warn.mock.calls.map(([line]) => line as string)).toEqual([
      'Source "fake": metric "lag" has values that cannot be sent, and they are left out: A value must be finite, got NaN.',
      'Source "fake": metric "jobs" has values that cannot be sent, and they are left out: A value must be a safe integer, got 0.5.',
      'Source "fake": metric "sizes" has values that cannot be sent, and they are left out: bounds[1] of a bucketer must be above the bound before it (5), got 1.',
      'Source "fake": metric "sums" has values that cannot be sent, and they are left out: The sum of a distribution must be finite, got Infinity.',
    ]);
  });

  it('remove a gauge, and leave a sum as it was', async () => {
    const source = new FakeSource();
    const { flush, receiver } = setUp([source]);
    source.metrics = [metric('lag', 'gauge', 1), metric('hits', 'counter', 5)];
    await flush();
    source.metrics = [metric('lag', 'gauge', NaN), metric('hits', 'counter', NaN)];
    expect(sent(await flush())).toEqual([['FloatCounter', 'hits', {}, 5]]);
    source.metrics = [metric('hits', 'counter', 6)];
    await flush();
    expect(receiver.total('hits')).toBe(6);
  });

  it('and too many bounds are merged, which is logged once', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    const bounds = Array.from({ length: 500 }, (_, i) => i + 1);
    const counts = Array.from({ length: 501 }, () => 1);
    source.metrics = [metric('sizes', 'histogram', histogram(bounds, counts, 9))];
    const [cell] = await flush();
    const value = cell!.value as Distribution;
    expect(value.bucketer.lowerBounds.slice(0, 3)).toEqual([-Infinity, 3, 6]);
    expect(value.bucketCounts.slice(0, 2)).toEqual([3, 3]);
    expect(value.bucketCounts.reduce((sum, each) => sum + each, 0)).toBe(501);
    await flush();
    expect(warn.mock.calls.map(([line]) => line as string)).toEqual([
      'Source "fake": metric "sizes" has 500 bounds of buckets. At most 199 are sent, so neighbouring buckets are merged.',
    ]);
  });

  it('but a histogram without bounds is sent', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [metric('sizes', 'histogram', histogram([], [3], 9))];
    expect(sent(await flush())).toEqual([
      ['CumulativeDistribution', 'sizes', {}, { counts: [0, 3], sum: 9 }],
    ]);
  });
});
