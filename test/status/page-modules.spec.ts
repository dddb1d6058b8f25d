import { describe, expect, it } from 'vitest';

/** The modules are JavaScript for browsers; these need none. */
async function load<T>(name: string): Promise<T> {
  return (await import(new URL(`../../lib/status/page/${name}`, import.meta.url).href)) as T;
}

type Bounds = { from: number | '-Infinity'; to: number | 'Infinity'; count: number };
interface Bar {
  readonly x: number;
  readonly width: number;
  readonly height: number;
}
interface History {
  readonly ratePerSec: number | undefined;
  readonly times: number[];
  readonly values: number[];
  add(timeMs: number, value: number, cumulative: boolean): void;
  rates(): { times: number[]; values: number[] };
}

const { withUnits, duration, wholeSeconds, rate, readable } = await load<{
  withUnits(value: number, units: string): string;
  duration(ms: number): string;
  wholeSeconds(ms: number): string;
  rate(perSec: number, units: string): string;
  readable(value: number): string;
}>('numbers.js');
const { visible, shortened } = await load<{
  visible(text: string): string;
  shortened(text: string, longest: number): string;
}>('text.js');
const { barsOf } = await load<{
  barsOf(buckets: readonly Bounds[]): { bars: Bar[]; place(value: number): number };
}>('bars.js');
const { Cells } = await load<{
  Cells: new () => {
    update(report: object): Promise<void>;
    select(words: string, test: () => boolean, by: string, descending: boolean): unknown[];
  };
}>('cells.js');
const { History } = await load<{ History: new () => History }>('history.js');

describe('numbers on the status page', () => {
  it.each([
    [0, '', '0'],
    [1234567, '', '1,234,567'],
    [-3, '', '-3'],
    [0.123456, '', '0.1235'],
    [98765.4321, '', '98,765'],
    [1e21, '', '1.000e+21'],
    [1e-9, '', '1.000e-9'],
    [0, 'By', '0 B'],
    [1023, 'By', '1,023 B'],
    [1024, 'By', '1 KiB'],
    [192307200, 'By', '183.4 MiB'],
    [3, 'MiBy', '3 MiB'],
    [2, 'GBy', '1.863 GiB'],
    [-2048, 'By', '-2 KiB'],
    [0, 'ms', '0 ms'],
    [0.5, 'ms', '500 µs'],
    [0.0004, 'us', '0.4 ns'],
    [12.345, 'ms', '12.3 ms'],
    [1500, 'ms', '1.5 s'],
    [90, 's', '1 min 30 s'],
    [-90, 's', '−1 min 30 s'],
    [21.5, 'Cel', '21.5 °C'],
    [8, 'B', '8 bit'],
  ])('%d in %j is %s', (value, units, text) => {
    expect(withUnits(value, units)).toBe(text);
  });

  it.each([
    [59_949, '59.9 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [3_661_000, '1 h 1 min'],
    [90_061_000, '1 d 1 h'],
  ])('%d ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('running times have whole seconds, and are never negative', () => {
    expect([-500, 400, 59_600, 61_000].map(wholeSeconds)).toEqual([
      '0 s',
      '0 s',
      '1 min',
      '1 min 1 s',
    ]);
  });

  it('low rates are per minute', () => {
    expect([0, 0.1, 12.345, 0.05].map(perSec => rate(perSec, ''))).toEqual([
      '0/s',
      '0.1/s',
      '12.3/s',
      '3/min',
    ]);
    expect(rate(2048, 'By')).toBe('2 KiB/s');
    expect(readable(0.1 + 0.2)).toBe('0.3');
  });
});

describe('texts on the status page', () => {
  it('show each character that has no shape, and leave all others', () => {
    expect(visible('a\u0000b\u202ec\ud800d\u200be')).toBe('a\\u{0}b\\u{202e}c\\u{d800}d\\u{200b}e');
    const harmless = 'grüße 😀 👩‍💻 שלום <b>&amp;';
    expect(visible(harmless)).toBe(harmless);
  });

  it('are cut, and say so', () => {
    expect(shortened('abc', 3)).toBe('abc');
    expect(shortened('abcd', 3)).toBe('abc… (4 characters)');
  });
});

describe('bars on the status page', () => {
  it('stand where their buckets are, as high as their counts, with the empty ones between', () => {
    const { bars, place } = barsOf([
      { from: 0, to: 10, count: 2 },
      { from: 30, to: 40, count: 4 },
    ]);
    expect(bars).toMatchObject([
      { x: 0, width: 0.25, height: 0.5 },
      { x: 0.75, width: 0.25, height: 1 },
    ]);
    expect(place(20)).toBe(0.5);
    expect([place(-5), place(1000)]).toEqual([0, 1]);
  });

  it('stand by the logarithm where bounds differ much', () => {
    const { bars, place } = barsOf([
      { from: 1, to: 10, count: 1 },
      { from: 1000, to: 10_000, count: 1 },
    ]);
    expect(bars[0]).toMatchObject({ x: 0, width: 0.25 });
    expect(bars[1]!.x).toBeCloseTo(0.75);
    expect(place(100)).toBeCloseTo(0.5);
  });

  it.each<[string, Bounds[]]>([
    [
      'no end',
      [
        { from: '-Infinity', to: 0, count: 1 },
        { from: 0, to: 5, count: 2 },
        { from: 5, to: 'Infinity', count: 1 },
      ],
    ],
    ['one end alone', [{ from: '-Infinity', to: 1, count: 3 }]],
    ['nothing but the highest', [{ from: 1e10, to: 'Infinity', count: 3 }]],
    [
      'from 0, on a scale by the logarithm',
      [
        { from: 0, to: 1, count: 1 },
        { from: 1, to: 1e6, count: 2 },
      ],
    ],
    [
      'negative',
      [
        { from: -1e6, to: -1, count: 1 },
        { from: 1, to: 1e6, count: 2 },
      ],
    ],
    ['alone', [{ from: 5, to: 6, count: 1 }]],
  ])('lie in the drawing, one after another, with buckets of %s', (_, buckets) => {
    const { bars } = barsOf(buckets);
    let end = 0;
    for (const { x, width, height } of bars) {
      expect(x).toBeGreaterThanOrEqual(end - 1e-9);
      expect(width).toBeGreaterThan(0);
      end = x + width;
      expect(height).toBeGreaterThan(0);
    }
    expect(end).toBeLessThanOrEqual(1 + 1e-9);
    expect(Math.max(...bars.map(({ height }) => height))).toBe(1);
  });
});

describe('the history of a cell', () => {
  it('has the rate since the first point, and the rates between points', () => {
    const history = new History();
    expect(history.ratePerSec).toBeUndefined();
    history.add(0, 10, true);
    expect(history.ratePerSec).toBeUndefined();
    history.add(1000, 20, true);
    history.add(3000, 20, true);
    expect(history.ratePerSec).toBeCloseTo(10 / 3);
    expect(history.rates()).toEqual({ times: [1000, 3000], values: [10, 0] });
  });

  it('starts over when a counter falls, and not when a gauge does', () => {
    for (const cumulative of [true, false]) {
      const history = new History();
      history.add(0, 10, cumulative);
      history.add(1000, 3, cumulative);
      expect(history.values).toEqual(cumulative ? [3] : [10, 3]);
    }
  });

  it('ignores repeated points, and points from the past', () => {
    const history = new History();
    history.add(1000, 1, true);
    history.add(1000, 1, true);
    history.add(500, 1, true);
    expect(history.times).toEqual([1000]);
  });

  it('keeps a bounded number of points from the first to the last', () => {
    const history = new History();
    for (let i = 0; i <= 10_000; i++) {
      history.add(i * 1000, i * 2, true);
    }
    expect(history.times.length).toBeLessThanOrEqual(121);
    expect([history.times[0], history.times.at(-1)]).toEqual([0, 10_000_000]);
    expect(history.ratePerSec).toBe(2);
  });
});

describe('the cells of the status page', () => {
  const metricOf = (source: string | undefined, fields: object) => ({
    name: 'hits',
    kind: 'Counter',
    description: '',
    source,
    cells: [{ fields, value: 1 }],
  });

  it('are told apart by their source and the names of their fields, and found by their source', async () => {
    const cells = new Cells();
    const metrics = [
      metricOf(undefined, { a: 'x' }),
      metricOf('prometheus', { a: 'x' }),
      metricOf('prometheus', { b: 'x' }),
    ];
    await cells.update({ time: 0, metrics });
    const found = (words: string) => cells.select(words, () => true, 'metric', false).length;
    expect([found(''), found('prometheus')]).toEqual([3, 2]);
  });
});
