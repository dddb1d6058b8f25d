import { describe, expect, it } from 'vitest';
import { SummarySums } from '../../lib/sources/summary-sums.js';

/** Returns the sum that is sent when prom-client has this sum and count. */
function heldBy(sums: SummarySums, sum: number, count: number): number | undefined {
  const values = [
    { metricName: 'd_sum', value: sum },
    { metricName: 'd_count', value: count },
  ];
  const held = sums.held({ name: 'd', help: '', type: 'summary', values });
  return held.find(({ metricName }) => metricName === 'd_sum')?.value;
}

describe('the sums of a summary', () => {
  it('do not fall while the count grows', () => {
    const sums = new SummarySums();
    expect([heldBy(sums, 5, 1), heldBy(sums, 2, 2), heldBy(sums, 7, 3)]).toEqual([5, 5, 7]);
  });

  it('begin anew when the count falls', () => {
    const sums = new SummarySums();
    expect([heldBy(sums, 5, 2), heldBy(sums, 1, 1)]).toEqual([5, 1]);
  });

  it('go on after a sample that was NaN, once the registry was reset', () => {
    const sums = new SummarySums();
    expect([heldBy(sums, 5, 1), heldBy(sums, NaN, 2), heldBy(sums, 6, 2)]).toEqual([5, NaN, 6]);
  });
});
