import { describe, expect, it } from 'vitest';
import { Distribution } from '../../../lib/metrics/distribution.js';
import { jsonLines } from '../../../lib/monitors/debug/json-lines.js';
import { TimeSlice } from '../../../lib/clock/time-slice.js';
import type { Cell } from '../../../lib/store/cell.js';
import { Device } from '../../../lib/targets/device.js';
import { ages, cell, durations, enabled, endTime, orders, seconds, version } from './cells.js';

async function linesOf(...cells: Cell[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of jsonLines(cells, endTime, new TimeSlice())) {
    lines.push(line);
  }
  return lines;
}

const parsed = async (...cells: Cell[]): Promise<unknown[]> =>
  (await linesOf(...cells)).map(line => JSON.parse(line) as unknown);

describe('JSON lines', () => {
  it('have all parts of a cell, with the keys in this order', async () => {
    expect(await linesOf(cell(orders, 3, ['ok', 2]))).toEqual([
      '{"target":{"service_name":"my-shop","job_name":"checkout","data_center":"europe-west1",' +
        '"host_name":"v1","task_num":2},"metric":"shop/orders","kind":"Counter","units":"",' +
        '"fields":{"status":"ok","retries":2},"value":3,' +
        '"start":"2026-01-02T03:04:05.678901Z","end":"2026-01-02T03:05:05.678901Z"}',
    ]);
  });

  it('have no start for gauges', async () => {
    expect(
      await parsed(cell(enabled, false), cell(version, 'v"1"\n'), cell(ages, new Distribution())),
    ).toMatchObject([
      { kind: 'BoolGauge', value: false, end: '2026-01-02T03:05:05.678901Z', fields: {} },
      { kind: 'StringGauge', value: 'v"1"\n' },
      { kind: 'NonCumulativeDistribution' },
    ]);
    expect((await linesOf(cell(version, 'a\nb'))).join()).not.toMatch(/\n|"start"/);
  });

  it('have the used buckets of a distribution, with their bounds', async () => {
    const distribution = durations.initialValue();
    [-1, 5, 6, 25, 30, 1e9].forEach(sample => distribution.add(sample));
    expect(await parsed(cell(durations, distribution))).toMatchObject([
      {
        kind: 'CumulativeDistribution',
        units: 'ms',
        value: {
          count: 6,
          sum: 1_000_000_065,
          mean: 1_000_000_065 / 6,
          buckets: [
            { from: '-Infinity', to: 0, count: 1 },
            { from: 0, to: 10, count: 2 },
            { from: 20, to: 30, count: 1 },
            { from: 30, to: 'Infinity', count: 2 },
          ],
        },
      },
    ]);
  });

  it('have no mean for an empty distribution', async () => {
    const [line] = (await parsed(cell(durations, durations.initialValue()))) as {
      value: unknown;
    }[];
    expect(line!.value).toEqual({ count: 0, sum: 0, buckets: [] });
  });

  it('keep the order of the cells, and the labels of any target', async () => {
    const device = new Device({ hostname: 'printer-17' });
    expect(await parsed(cell(seconds, 1.5), cell(seconds, 0.5, [], device))).toMatchObject([
      { value: 1.5, target: { task_num: 2 } },
      { value: 0.5, target: { hostname: 'printer-17' } },
    ]);
  });
});
