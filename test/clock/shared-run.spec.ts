import { describe, expect, it } from 'vitest';
import { SharedRun } from '../../lib/clock/shared-run.js';

describe('a SharedRun', () => {
  it('gives all callers at a time one result, and runs again for later ones', async () => {
    let runs = 0;
    const run = new SharedRun(async () => ++runs);
    expect(await Promise.all([run.join(), run.join()])).toEqual([1, 1]);
    expect(await run.join()).toBe(2);
  });

  it('fails for all callers at a time, and runs again for later ones', async () => {
    let runs = 0;
    const run = new SharedRun(async () => {
      if (++runs === 1) {
        throw new Error('down');
      }
      return runs;
    });
    const outcomes = await Promise.allSettled([run.join(), run.join()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await run.join()).toBe(2);
  });
});
