import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import type { SourcePoint } from '../../lib/sources/metric-source.js';
import { SeededRandom } from '../support/seeded-random.js';
import { ACCEPT } from '../flush/quiet-cells.js';
import { FakeSource, metric, sent, setUp } from './flushed-source.js';

vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

const samples = (...bucketCounts: number[]) => ({
  bounds: [1, 5],
  bucketCounts,
  count: bucketCounts.reduce((all, each) => all + each, 0),
  sum: bucketCounts.reduce((all, each, i) => all + each * i, 0),
});

describe('F7 the streams of a source', () => {
  it('begin anew with a new number, with what was not yet accepted', async () => {
    const source = new FakeSource();
    const { flush, changeNumber, receiver } = setUp([source]);
    source.metrics = [metric('hits', 'counter', 5), metric('sizes', 'histogram', samples(1, 1, 0))];
    await flush();
    changeNumber();
    source.metrics = [metric('hits', 'counter', 7), metric('sizes', 'histogram', samples(1, 2, 3))];
    expect(sent(await flush())).toEqual([
      ['FloatCounter', 'hits', {}, 2],
      ['CumulativeDistribution', 'sizes', {}, { counts: [0, 1, 3], sum: 7 }],
    ]);
    expect([receiver.total('hits'), receiver.total('sizes')]).toEqual([7, 6]);
  });

  it('begin anew when a value falls, also where other samples have been added since', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [metric('hits', 'counter', 5), metric('sizes', 'histogram', samples(3, 0, 0))];
    const before = await flush();
    source.metrics = [metric('hits', 'counter', 2), metric('sizes', 'histogram', samples(1, 2, 3))];
    const after = await flush();
    expect(sent(after)).toEqual([
      ['FloatCounter', 'hits', {}, 2],
      ['CumulativeDistribution', 'sizes', {}, { counts: [1, 2, 3], sum: 8 }],
    ]);
    after.forEach((cell, i) => expect(cell.resetTime).toBeGreaterThan(before[i]!.resetTime));
  });

  it('begin anew when bounds change, with what was not yet accepted', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [metric('sizes', 'histogram', samples(3, 0, 0))];
    const [before] = await flush();
    const value = { ...samples(3, 0, 1), bounds: [1, 6] };
    source.metrics = [metric('sizes', 'histogram', value)];
    const [after] = await flush();
    expect(after!.resetTime).toBeGreaterThan(before!.resetTime);
    expect(sent([after!])).toEqual([
      ['CumulativeDistribution', 'sizes', {}, { counts: [0, 0, 1], sum: 2 }],
    ]);
  });

  it('begin anew with all samples when a histogram with other bounds does not have the former ones', async () => {
    const source = new FakeSource();
    const { flush } = setUp([source]);
    source.metrics = [metric('sizes', 'histogram', samples(3, 0, 0))];
    await flush();
    const value = { ...samples(2, 0, 9), bounds: [1, 6] };
    source.metrics = [metric('sizes', 'histogram', value)];
    expect(sent(await flush())).toEqual([
      ['CumulativeDistribution', 'sizes', {}, { counts: [2, 0, 9], sum: 18 }],
    ]);
  });

  it('of a new cell begin with the last read, but not before the number was given', async () => {
    const source = new FakeSource();
    const { flush, clock, changeNumber } = setUp([source]);
    await flush();
    const firstFlush = clock.now() * 1000;
    source.metrics = [metric('hits', 'counter', 5)];
    const [cell] = await flush();
    expect(cell!.resetTime).toBeGreaterThanOrEqual(firstFlush);
    expect(cell!.resetTime).toBeLessThan(firstFlush + 1000);
    changeNumber();
    source.metrics = [metric('others', 'counter', 5)];
    const [other] = await flush();
    expect(other!.resetTime).toBeGreaterThanOrEqual(clock.now() * 1000);
  });

  it('of a sum that may fall begin with the number, and keep their value', async () => {
    const source = new FakeSource();
    const { flush, clock, changeNumber } = setUp([source]);
    source.metrics = [metric('open', 'up-down', 5)];
    await flush();
    source.metrics = [metric('open', 'up-down', 3)];
    changeNumber();
    const [cell] = await flush();
    expect(cell!.value).toBe(3);
    expect(cell!.resetTime).toBeGreaterThanOrEqual(clock.now() * 1000);
  });

  it('deliver every increment once, whatever fails, falls, vanishes and changes its number', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { arrived, counted } = await deliverAll(new SeededRandom(seed));
      expect(arrived, `seed ${seed}`).toEqual(counted);
    }
  });
});

/** The model: what each counter and histogram has counted at the last read of each of its lives. */
async function deliverAll(random: SeededRandom) {
  const source = new FakeSource();
  const { flush, changeNumber, receiver } = setUp([source]);
  const counted = { hits: 0, sizes: 0 };
  const life = { hits: 0, sizes: [0, 0, 0] };
  const publish = (): void => {
    const point = (value: SourcePoint['value']) => [{ attributes: {}, value }];
    source.metrics = [
      metric('hits', 'counter', point(life.hits)),
      metric('sizes', 'histogram', point(samples(...life.sizes))),
    ];
  };
  for (let step = 0; step < 40; step++) {
    const more = 1 + random.below(5);
    life.hits += more;
    counted.hits += more;
    life.sizes[random.below(3)]! += more;
    counted.sizes += more;
    publish();
    const event = random.next();
    if (event < 0.2) {
      receiver.answer = () => Promise.reject(new Error('UNAVAILABLE'));
      await flush().catch(() => undefined);
      receiver.answer = ACCEPT;
    } else if (event < 0.4) {
      changeNumber();
      await flush();
    } else {
      await flush();
      if (event < 0.6) {
        life.hits = 0;
        life.sizes = [0, 0, 0];
        // A counter that has counted more than before until the next read has not fallen.
        publish();
        await flush();
      }
    }
    // A send of unknown outcome may arrive twice when the number changes: it is settled before.
    if (event < 0.2) {
      await flush();
    }
  }
  const arrived = { hits: receiver.total('hits'), sizes: receiver.total('sizes') };
  return { arrived, counted };
}
