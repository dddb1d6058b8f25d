import { isDistribution, type Distribution } from '../../metrics/distribution.js';
import type { FieldValue } from '../../metrics/fields.js';
import type { CellValue } from '../../metrics/metric-declaration.js';
import type { Cell } from '../../store/cell.js';
import type { Target } from '../../targets/target.js';
import { isoMicros } from '../iso-micros.js';
import type { TimeSlice } from '../../clock/time-slice.js';
import { usedBuckets } from '../used-buckets.js';

/** The largest width of a column. Longer texts extend beyond it and do not widen the other lines. */
const WIDEST_COLUMN = 60;

interface Row {
  readonly heading: string;
  /** Metric, fields and value, which are aligned. */
  readonly columns: readonly string[];
  readonly times: string;
  /** The second line of a distribution. */
  readonly buckets: string;
}

/**
 * Writes cells for a person: a heading for each target, and below it one or two lines for each cell.
 *
 * @param cells so few that sorting them needs no pause.
 * @param sent how many cells were sent, with those that are not shown since they have not changed.
 */
export async function* textLines(
  cells: readonly Cell[],
  endTime: number,
  slice: TimeSlice,
  sent = cells.length,
): AsyncGenerator<string> {
  const end = isoMicros(endTime);
  const total = `${sent} ${sent === 1 ? 'cell' : 'cells'}`;
  yield cells.length === sent
    ? `${total} at ${end}`
    : `${cells.length} of ${total} changed at ${end}`;
  const rows: Row[] = [];
  const widths = [0, 0, 0];
  for (const cell of [...cells].sort(compareCells)) {
    if (slice.isOver) {
      await slice.next();
    }
    const row = rowOf(cell, end);
    rows.push(row);
    row.columns.forEach((text, i) => (widths[i] = widened(widths[i]!, text)));
  }
  let heading: string | undefined;
  for (const row of rows) {
    if (slice.isOver) {
      await slice.next();
    }
    if (row.heading !== heading) {
      yield (heading = row.heading);
    }
    yield `  ${row.columns.map((text, i) => text.padEnd(widths[i]!)).join('  ')}  ${row.times}`;
    if (row.buckets) {
      yield `    ${row.buckets}`;
    }
  }
  yield '';
}

/** Sorts by target, metric and fields, in natural order: `v2` before `v10`. */
function compareCells(a: Cell, b: Cell): number {
  return (
    (a.target === b.target ? 0 : compareTexts(targetHeading(a.target), targetHeading(b.target))) ||
    (a.metric === b.metric ? 0 : compareTexts(a.metric.name, b.metric.name)) ||
    compareFieldValues(a.fieldValues, b.fieldValues)
  );
}

function compareFieldValues(a: readonly FieldValue[], b: readonly FieldValue[]): number {
  for (const [i, value] of a.entries()) {
    const order = compareValues(value, b[i]!);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

function compareValues(a: FieldValue, b: FieldValue): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : compareTexts(String(a), String(b));
}

const collator = new Intl.Collator('en', { numeric: true });

/** Distinguishes texts that the collator takes for equal, such as `v1` and `v01`. */
function compareTexts(a: string, b: string): number {
  return collator.compare(a, b) || Number(a > b) - Number(a < b);
}

function rowOf({ metric, fieldValues, target, resetTime, value }: Cell, end: string): Row {
  const fields = metric.fields.names.map((name, i) => `${name}=${JSON.stringify(fieldValues[i])}`);
  return {
    heading: targetHeading(target),
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

/** Shows six digits. They are enough for a person, and hide the rounding of bounds such as 10 ** 0.2. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function targetHeading(target: Target): string {
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

function widened(width: number, text: string): number {
  return Math.max(width, Math.min(text.length, WIDEST_COLUMN));
}
