import { isDistribution, type Distribution } from '../../metrics/distribution.js';
import type { CellValue } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import type { Target } from '../../targets/target.js';
import { isoMicros } from '../iso-micros.js';
import { compareFieldValues, compareTexts, sorted } from './natural-order.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import { usedBuckets } from '../used-buckets.js';

/** Longer texts stick out, rather than push every other line to the right. */
const WIDEST_COLUMN = 60;

interface Row {
  /** Metric, fields, value: these are aligned. */
  readonly columns: readonly string[];
  readonly times: string;
  /** The second line of a distribution. */
  readonly buckets: string;
}

/** What a person reads: a heading for each target, below it a line or two for each cell. */
export async function* textLines(
  cells: readonly Cell[],
  endTime: number,
  slice: TimeSlice,
): AsyncGenerator<string> {
  const end = isoMicros(endTime);
  yield `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} at ${end}`;
  for (const [heading, ofTarget] of inOrder(await grouped(cells, targetHeading, slice))) {
    yield heading;
    yield* targetLines(ofTarget, end, slice);
  }
  yield '';
}

async function* targetLines(
  cells: readonly Cell[],
  end: string,
  slice: TimeSlice,
): AsyncGenerator<string> {
  const rows: Row[] = [];
  const widths = [0, 0, 0];
  for (const [, ofMetric] of inOrder(await grouped(cells, ({ metric }) => metric.name, slice))) {
    for (const cell of await sorted(ofMetric, compareFieldValues, slice)) {
      if (slice.isOver) {
        await slice.next();
      }
      const row = rowOf(cell, end);
      rows.push(row);
      row.columns.forEach((text, i) => (widths[i] = widened(widths[i]!, text)));
    }
  }
  for (const { columns, times, buckets } of rows) {
    if (slice.isOver) {
      await slice.next();
    }
    yield `  ${columns.map((text, i) => text.padEnd(widths[i]!)).join('  ')}  ${times}`;
    if (buckets) {
      yield `    ${buckets}`;
    }
  }
}

function rowOf({ metric, fieldValues, resetTime, value }: Cell, end: string): Row {
  const fields = metric.fields.names.map((name, i) => `${name}=${JSON.stringify(fieldValues[i])}`);
  return {
    columns: [metric.name, fields.join(' '), valueText(value, metric.units)],
    times: metric.kind.cumulative ? `${isoMicros(resetTime)} to ${end}` : `at ${end}`,
    buckets: isDistribution(value) ? bucketsText(value) : '',
  };
}

function valueText(value: CellValue, units: string): string {
  const unit = units && ` ${units}`;
  if (isDistribution(value)) {
    const { count, sum, mean } = value;
    return mean === undefined
      ? 'count 0'
      : `count ${count}, sum ${sum}${unit}, mean ${rounded(mean)}${unit}`;
  }
  return `${JSON.stringify(value)}${unit}`;
}

function bucketsText(distribution: Distribution): string {
  return usedBuckets(distribution)
    .map(({ from, to, count }) => {
      const opening = from === -Infinity ? '(-∞' : `[${rounded(from)}`;
      return `${opening}, ${to === Infinity ? '∞' : rounded(to)}): ${count}`;
    })
    .join('  ');
}

/** Six digits are enough for a person, and hide that 10 ** 0.2 is no exact number. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function targetHeading({ target }: Cell): string {
  return headings.get(target) ?? remembered(target);
}

const headings = new WeakMap<Target, string>();

function remembered(target: Target): string {
  const labels = Object.entries(target.labels());
  const heading = [
    target.type,
    ...labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`),
  ].join(' ');
  headings.set(target, heading);
  return heading;
}

async function grouped(
  cells: readonly Cell[],
  nameOf: (cell: Cell) => string,
  slice: TimeSlice,
): Promise<Map<string, Cell[]>> {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    if (slice.isOver) {
      await slice.next();
    }
    const name = nameOf(cell);
    const group = groups.get(name);
    if (group) {
      group.push(cell);
    } else {
      groups.set(name, [cell]);
    }
  }
  return groups;
}

function inOrder(groups: Map<string, Cell[]>): [string, Cell[]][] {
  return [...groups].sort(([a], [b]) => compareTexts(a, b));
}

function widened(width: number, text: string): number {
  return Math.max(width, Math.min(text.length, WIDEST_COLUMN));
}
