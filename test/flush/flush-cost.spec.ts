import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CostLimit } from '../../lib/flush/cost-limit.js';
import { FlushCost } from '../../lib/flush/flush-cost.js';
import { setUp } from './quiet-cells.js';

/** One flush a minute, as the set-up has it. */
const FLUSHES_A_MONTH = 43_830;

function measured() {
  const parts = setUp();
  const cost = new FlushCost(parts.store, parts.settings);
  const flushes = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await parts.flush();
      cost.afterFlush();
    }
  };
  return { ...parts, cost, flushes };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the cost of flushes', () => {
  it('is one point a cell before the first flush: 8 bytes for a number, 80 for a distribution', () => {
    const { cost, latency, hits } = measured();
    hits.add(1);
    latency.add(1, { route: 'a' });
    latency.add(1, { route: 'b' });
    expect(cost.perMetric()).toEqual([
      { name: 'latency', cells: 2, points: 2, bytes: 160 },
      { name: 'hits', cells: 1, points: 1, bytes: 8 },
    ]);
    expect(cost.mebibytesPerMonth(168)).toBeCloseTo((168 * FLUSHES_A_MONTH) / 2 ** 20);
  });

  it('is the mean of the recent flushes, in which quiet cells are seldom', async () => {
    const { cost, latency, hits, flushes } = measured();
    hits.add(1);
    latency.add(1, { route: 'quiet' });
    await flushes(12);
    const [distribution, counter] = cost.perMetric();
    expect(distribution).toMatchObject({ name: 'latency', cells: 1 });
    expect(distribution!.points).toBeCloseTo(0.25);
    expect(distribution!.bytes).toBeCloseTo(20);
    expect(counter).toMatchObject({ name: 'hits', bytes: 8 });
    expect(cost.savedBytes).toBeCloseTo(60);
  });

  it('follows the traffic when a quiet cell changes with each flush', async () => {
    const { cost, latency, flush, flushes } = measured();
    latency.add(1, { route: 'a' });
    await flushes(12);
    for (let i = 0; i < 60; i++) {
      latency.add(1, { route: 'a' });
      await flush();
      cost.afterFlush();
    }
    expect(cost.perMetric()[0]!.points).toBeCloseTo(1, 1);
    expect(cost.savedBytes).toBeLessThan(1);
  });

  it('is not changed by a flush of which nothing was accepted', async () => {
    const { cost, first, hits, flush, flushes } = measured();
    hits.add(1);
    await flushes(2);
    first.answer = () => Promise.reject(new Error('UNAVAILABLE'));
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await flush();
    cost.afterFlush();
    expect(cost.perMetric()).toMatchObject([{ name: 'hits', points: 1 }]);
  });
});

describe('limits.mebibytesPerMonth', () => {
  async function warningsOf(limit: number | undefined, count: number): Promise<unknown[]> {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { cost, latency, hits, flushes } = measured();
    const costLimit = new CostLimit(cost, limit, 0.258);
    for (let i = 0; i < count; i++) {
      hits.add(1);
      latency.add(1, { route: 'a' });
      await flushes(1);
      costLimit.afterFlush();
    }
    return warn.mock.calls.map(([message]) => message as unknown);
  }

  it('is warned of once, as soon as the mean is steady', async () => {
    expect(await warningsOf(1, 11)).toEqual([]);
    expect(await warningsOf(1, 20)).toEqual([
      'This instance sends 3.68 MiB a month at this rate, about $0.949; limits.mebibytesPerMonth is 1. Most of it is metric "latency": 90.9 %.',
    ]);
  });

  it('warns neither below it, nor where it is not set', async () => {
    expect(await warningsOf(4, 20)).toEqual([]);
    expect(await warningsOf(undefined, 20)).toEqual([]);
  });
});
