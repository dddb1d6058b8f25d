import { describe, expect, it } from 'vitest';
import { Counter } from '../../../lib/metrics/counter.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { textLines } from '../../../lib/monitors/debug/text-lines.js';
import { TimeSlice } from '../../../lib/clock/time-slice.js';
import type { Cell } from '../../../lib/store/cell.js';
import { Device } from '../../../lib/targets/device.js';
import { SeededRandom } from '../../support/seeded-random.js';
import {
  ages,
  cell,
  durations,
  enabled,
  endTime,
  load,
  orders,
  queue,
  seconds,
  task,
  version,
} from './cells.js';

async function textOf(...cells: Cell[]): Promise<string> {
  let text = '';
  for await (const line of textLines(cells, endTime, new TimeSlice())) {
    text += `${line}\n`;
  }
  return text;
}

const START = '2026-01-02T03:04:05.678901Z';
const END = '2026-01-02T03:05:05.678901Z';

describe("the debug monitor's text", () => {
  it('has a heading for the target, and its cells below, in order and aligned', async () => {
    const distribution = durations.initialValue();
    [-1, 5, 6, 25, 30].forEach(sample => distribution.add(sample));
    const text = await textOf(
      cell(version, 'v1'),
      cell(orders, 3, ['ok', 10]),
      cell(orders, 12, ['ok', 2]),
      cell(durations, distribution),
      cell(seconds, 1.5),
    );
    const row = (metric: string, fields: string, value: string, times: string): string =>
      `  ${metric.padEnd(14)}  ${fields.padEnd(22)}  ${value.padEnd(30)}  ${times}`;
    const since = `${START} to ${END}`;
    expect(text.split('\n')).toEqual([
      `5 cells at ${END}`,
      'task service_name="my-shop" job_name="checkout" data_center="europe-west1" host_name="v1" task_num=2',
      row('shop/busy', '', '1.5 s', since),
      row('shop/durations', '', 'count 5, sum 65 ms, mean 13 ms', since),
      '    (-∞, 0): 1  [0, 10): 2  [20, 30): 1  [30, ∞): 1',
      row('shop/orders', 'status="ok" retries=2', '12', since),
      row('shop/orders', 'status="ok" retries=10', '3', since),
      row('shop/version', '', '"v1"', `at ${END}`),
      '',
      '',
    ]);
  });

  it('aligns the columns of a target', async () => {
    const text = await textOf(cell(queue, 5), cell(load, 0.25), cell(orders, 1, ['error', 0]));
    const columns = text
      .split('\n')
      .filter(line => line.startsWith('  '))
      .map(line => line.search(/ (at )?2026/));
    expect(new Set(columns).size).toBe(1);
  });

  it('does not widen a column for one long value', async () => {
    const text = await textOf(cell(version, 'x'.repeat(500)), cell(queue, 5));
    const line = text.split('\n').find(candidate => candidate.includes('shop/queue'))!;
    expect(line.length).toBeLessThan(150);
    expect(text).toContain('x'.repeat(500));
  });

  it('has a heading for each target, in order', async () => {
    const text = await textOf(
      cell(queue, 1, [], task.withTaskNum(10)),
      cell(queue, 2, [], task.withTaskNum(2)),
      cell(queue, 3, [], new Device({ hostname: 'printer' })),
      cell(load, 4, [], task.withTaskNum(10)),
    );
    expect(
      text.split('\n').map(line => line.match(/^\w+ |task_num=\d+|shop\/\w+/g)?.join('')),
    ).toEqual([
      '4 ',
      'device ',
      'shop/queue',
      'task task_num=2',
      'shop/queue',
      'task task_num=10',
      'shop/load',
      'shop/queue',
      undefined,
      undefined,
    ]);
  });

  it('sorts fields in natural order: 2 before 10, item2 before item10, false before true', async () => {
    const metric = new Counter('m', {
      registry: new Registry(),
      fields: { name: 'string', n: 'int', b: 'bool' },
    });
    const sorted = [
      ['item2', -10, true],
      ['item2', 2, false],
      ['item2', 2, true],
      ['item2', 10, false],
      ['item10', 1, false],
    ] as const;
    const shuffled = [3, 0, 4, 2, 1].map(i => cell(metric, i, sorted[i]));
    const text = await textOf(...shuffled);
    expect([...text.matchAll(/name="(\w+)" n=(-?\d+) b=(\w+)/g)].map(match => match[0])).toEqual(
      sorted.map(([name, n, b]) => `name="${name}" n=${n} b=${b}`),
    );
  });

  it('sorts many cells, and loses none', async () => {
    const metric = new Counter('m', { registry: new Registry(), fields: { n: 'int' } });
    const random = new SeededRandom(5);
    const cells = Array.from({ length: 1111 }, (_, i) => cell(metric, i, [random.below(5000)]));
    const text = await textOf(...cells);
    const shown = [...text.matchAll(/n=(\d+)/g)].map(match => Number(match[1]));
    expect(shown).toEqual(cells.map(({ fieldValues: [n] }) => Number(n)).sort((a, b) => a - b));
  });

  it('keeps each cell on its line, whatever its texts hold', async () => {
    const text = await textOf(
      cell(version, 'a\nb\u001b[31m"'),
      cell(orders, 1, ['ok" retries=7\n', 1]),
    );
    expect(text.split('\n').filter(line => line.startsWith('  '))).toHaveLength(2);
    expect(text).toContain('"a\\nb\\u001b[31m\\""');
    expect(text).toContain('status="ok\\" retries=7\\n" retries=1');
  });

  it('has one line for an empty distribution, which says so', async () => {
    const text = await textOf(cell(ages, ages.initialValue()), cell(enabled, false));
    expect(text).toMatch(/shop\/ages +count 0 +at/);
    expect(text.split('\n').filter(line => line.startsWith('    '))).toEqual([]);
    expect(text).toMatch(/shop\/enabled +false +at/);
  });

  it('shows bounds and means in six digits', async () => {
    const distribution = ages.initialValue();
    [2, 2, 3.5].forEach(sample => distribution.add(sample));
    const text = await textOf(cell(ages, distribution));
    expect(text).toContain('count 3, sum 7.5 s, mean 2.5 s');
    expect(text).toContain('[1.58489, 2.51189): 2  [2.51189, 3.98107): 1');
  });
});
