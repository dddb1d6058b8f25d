import { describe, expect, it } from 'vitest';

/** The modules are JavaScript for browsers; these need none. */
async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../lib/status/page/${name}`, import.meta.url).href)) as T;
}

type Bounds = { from: number | '-Infinity'; to: number | 'Infinity' };
type Bucket = Bounds & { count: number };
interface Report {
  metrics: {
    name: string;
    cells: { fields: Record<string, unknown>; value: unknown }[];
  }[];
}

const { trafficOf, routesOf, saturationOf } = await load<{
  trafficOf(report: Report): { requests: number; errors: number } | undefined;
  routesOf(report: Report): { name: string; count: number; buckets: Bucket[] }[];
  saturationOf(report: Report): Record<string, number | undefined>;
}>('signals.js');
const { percentileOf, percentileTexts, rangeText } = await load<{
  percentileOf(buckets: readonly Bucket[], percent: number): Bounds | undefined;
  percentileTexts(distribution: object, units: string, names: readonly string[]): string[];
  rangeText(bounds: Bounds, units: string): string;
}>('percentiles.js');
const { dollars } = await load<{ dollars(value: number): string }>('numbers.js');
const { History } = await load<{
  History: new () => {
    add(timeMs: number, value: number, cumulative: boolean): void;
    recentRatePerSec(spanMs: number): number | undefined;
  };
}>('history.js');

const served = (name: string, status: number, buckets: Bucket[]) => ({
  fields: { name, status, is_robot: false },
  value: { count: buckets.reduce((sum, { count }) => sum + count, 0), buckets },
});
const DURATIONS = {
  name: 'http/server_durations',
  cells: [
    served('/items', 200, [
      { from: '-Infinity', to: 1, count: 3 },
      { from: 10, to: 20, count: 1 },
    ]),
    served('/items', 500, [
      { from: 1, to: 10, count: 1 },
      { from: 10, to: 20, count: 2 },
    ]),
    served('/orders', 404, [{ from: 20, to: 'Infinity', count: 9 }]),
    served('/internal/tsmon/instances', 200, [{ from: 1, to: 10, count: 50 }]),
  ],
};

describe('the golden signals of a report', () => {
  it('count requests and server errors, without those of the page itself', () => {
    const statuses = {
      name: 'http/server_response_status',
      cells: [
        { fields: { name: '/items', status: 200 }, value: 4 },
        { fields: { name: '/items', status: 503 }, value: 2 },
        { fields: { name: '/internal/tsmon', status: 200 }, value: 7 },
      ],
    };
    expect(trafficOf({ metrics: [DURATIONS, statuses] })).toEqual({ requests: 6, errors: 2 });
  });

  it('are counted by durations where there is no counter, and undefined without both', () => {
    expect(trafficOf({ metrics: [DURATIONS] })).toEqual({ requests: 16, errors: 3 });
    expect(trafficOf({ metrics: [] })).toBeUndefined();
    expect(routesOf({ metrics: [] })).toEqual([]);
  });

  it('have the latencies of each route over all statuses, the most frequent first', () => {
    expect(routesOf({ metrics: [DURATIONS] })).toEqual([
      { name: '/orders', count: 9, buckets: [{ from: 20, to: 'Infinity', count: 9 }] },
      {
        name: '/items',
        count: 7,
        buckets: [
          { from: '-Infinity', to: 1, count: 3 },
          { from: 1, to: 10, count: 1 },
          { from: 10, to: 20, count: 3 },
        ],
      },
    ]);
  });

  it('have what Node reports, and else undefined', () => {
    const delay = {
      name: 'nodejs/event_loop/delay',
      cells: [
        { fields: { statistic: 'p50' }, value: 1 },
        { fields: { statistic: 'p99' }, value: 12 },
      ],
    };
    const rss = { name: 'nodejs/mem/rss', cells: [{ fields: {}, value: 5 }] };
    expect(saturationOf({ metrics: [delay, rss] })).toEqual({
      utilization: undefined,
      delayMs: 12,
      rss: 5,
      heapUsed: undefined,
      heapTotal: undefined,
    });
  });
});

describe('percentiles on the status page', () => {
  it('are the bucket of the sample, where enough samples support them', () => {
    const buckets: Bucket[] = [
      { from: 0, to: 1, count: 10 },
      { from: 1, to: 2, count: 10 },
    ];
    expect(percentileOf(buckets, 50)).toMatchObject({ from: 0, to: 1 });
    expect(percentileOf(buckets, 95)).toMatchObject({ from: 1, to: 2 });
    expect(percentileOf(buckets, 99)).toBeUndefined();
    expect(percentileOf([], 50)).toBeUndefined();
  });

  it.each<[Bounds, string, string]>([
    [{ from: 10, to: 15.8 }, 'ms', '10 to 15.8 ms'],
    [{ from: 0.5, to: 2 }, 'ms', '500 µs to 2 ms'],
    [{ from: 3, to: 3 }, 'By', '3 B'],
    [{ from: 1, to: 2 }, '', '1 to 2'],
    [{ from: '-Infinity', to: 0 }, '', 'below 0'],
    [{ from: 600, to: 'Infinity' }, 's', '10 min and more'],
  ])('%j in %j is %s', (bounds, units, text) => {
    expect(rangeText(bounds, units)).toBe(text);
  });

  it('are the only sample where there is one', () => {
    expect(percentileTexts({ count: 1, mean: 12 }, 'ms', ['p50', 'p99'])).toEqual(['12 ms']);
    expect(
      percentileTexts({ count: 2, mean: 12, p50: { from: 1, to: 2 } }, 'ms', ['p50', 'p99']),
    ).toEqual(['p50 1 to 2 ms']);
  });
});

describe('numbers of the signals and costs', () => {
  it.each([
    [0, '$0'],
    [0.258, '$0.258'],
    [0.000123456, '$0.000123'],
    [12.345, '$12.35'],
    [1234.5, '$1,234.50'],
  ])('%d is %s', (value, text) => {
    expect(dollars(value)).toBe(text);
  });

  it('a recent rate forgets older points', () => {
    const history = new History();
    history.add(0, 0, true);
    expect(history.recentRatePerSec(10_000)).toBeUndefined();
    history.add(10_000, 100, true);
    expect(history.recentRatePerSec(10_000)).toBe(10);
    history.add(20_000, 100, true);
    expect(history.recentRatePerSec(10_000)).toBe(0);
    history.add(60_000, 140, true);
    expect(history.recentRatePerSec(10_000)).toBe(1);
  });
});
