import { describe, expect, it } from 'vitest';
import { FlushCost } from '../../lib/flush/flush-cost.js';
import { costStatus } from '../../lib/status/status-cost.js';
import type { StatusReport } from '../../lib/status/status-report.js';
import { statusJson } from '../../lib/status/status-json.js';
import { setUp } from '../flush/quiet-cells.js';
import { piecesOf, sourceOf } from './a-source.js';

describe('the cost in the status', () => {
  it('has the sum on top, and each metric with its price, the most expensive first', async () => {
    const { store, settings, latency, hits, flush } = setUp();
    const cost = new FlushCost(store, settings);
    hits.add(1);
    latency.add(1, { route: 'a' });
    for (let i = 0; i < 12; i++) {
      await flush();
      cost.afterFlush();
    }
    const status = costStatus(cost, 0.5);
    const mebibytes = cost.mebibytesPerMonth(28);
    const about = (value: number): number => expect.closeTo(value) as number;
    expect(status).toMatchObject({
      cells: 2,
      pointsPerFlush: about(1.25),
      bytesPerFlush: about(28),
      mebibytesPerMonth: about(mebibytes),
      dollarsPerMonth: about(mebibytes / 2),
      dollarsPerMebibyte: 0.5,
      savedByQuietCells: { bytesPerFlush: about(60) },
    });
    expect(
      status.metrics.map(({ name, bytesPerFlush }) => [name, Math.round(bytesPerFlush)]),
    ).toEqual([
      ['latency', 20],
      ['hits', 8],
    ]);
  });

  it('says whether a cell is quiet, and whether a part was not accepted yet', async () => {
    const { registry, latency, hits, flush } = setUp();
    const report = async (): Promise<StatusReport> => {
      const source = sourceOf(registry);
      return JSON.parse((await piecesOf(statusJson(source.status(), source))).join('')) as never;
    };
    const states = async () =>
      (await report()).metrics.flatMap(({ cells }) =>
        cells.map(({ unaccepted = false, quiet = false }) => ({ unaccepted, quiet })),
      );
    hits.add(1);
    latency.add(1, { route: 'a' });
    const fresh = { unaccepted: true, quiet: false };
    expect(await states()).toEqual([fresh, fresh]);
    await flush();
    expect(await states()).toEqual([
      { unaccepted: false, quiet: false },
      { unaccepted: false, quiet: true },
    ]);
    latency.add(1, { route: 'a' });
    expect(await states()).toEqual([{ unaccepted: false, quiet: false }, fresh]);
  });
});
