import type { MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Cell } from '../store/cell.js';
import { isoMicros } from '../monitors/iso-micros.js';
import { partitionCells } from '../monitors/partition-cells.js';
import { TimeSlice } from '../clock/time-slice.js';
import { helpText } from './escaping.js';
import { familyName } from './family-name.js';
import { CellLabels } from './labels.js';
import { samples } from './samples.js';
import { PLAIN_TEXT, type TextFormat } from './text-format.js';

/**
 * The `Content-Type` of {@link prometheusText}.
 *
 * @publicApi
 */
export const PROMETHEUS_CONTENT_TYPE = PLAIN_TEXT.contentType;

const PIECE_LENGTH = 64 * 1024;

/**
 * Writes cells as a page that Prometheus scrapes, in its exposition format 0.0.4.
 *
 * Names are in snake case and end with the base unit of the values: `http/server_durations` in milliseconds becomes
 * `http_server_durations_seconds`. Counters end with `_total`. A StringGauge ends with `_info`, has the value 1, and its
 * text is the label `value`. A BoolGauge is 0 or 1. A distribution is a histogram. Its bounds become `le`, but a sample that
 * equals a bound is counted in the bucket above. For a NonCumulativeDistribution use `histogram_quantile()` without `rate()`.
 *
 * A histogram has at most 13 bounds, at equal steps among those of its bucketer, and the same on all instances, so that
 * `histogram_quantile()` over their sum is right. Bounds of `Bucketer.default` end at 15,848,932 then, and larger samples are
 * counted in `+Inf`. Bounds of `Bucketer.explicit` are all written.
 *
 * A metric of a source has the name that its own exporter gives it, and its values are not converted.
 *
 * Each series has the labels of its target, such as `job_name` and `task_num`, and its fields. A field whose name is taken
 * becomes `field_<name>`. If two metrics would have the same name, the second in alphabetical order gets `_2`.
 * Cells with an invalid value, and cells with the same labels as another, are left out; a comment says so.
 *
 * @param cells cells that a `Monitor` is sent, such as those in the `calls` of a `FakeMonitor`.
 * @param endTime the time of the values, in whole microseconds since the epoch. It is written as a comment: with timestamps
 * Prometheus would not notice that a series ends.
 *
 * @publicApi
 */
export async function prometheusText(cells: readonly Cell[], endTime: number): Promise<string> {
  let text = '';
  for await (const piece of prometheusPieces(cells, endTime, PLAIN_TEXT)) {
    text += piece;
  }
  return text;
}

/** Writes the text of {@link prometheusText} in pieces of whole lines: one string may be too short for all of it. */
export async function* prometheusPieces(
  cells: readonly Cell[],
  endTime: number,
  format: TextFormat,
): AsyncGenerator<string> {
  const slice = new TimeSlice();
  const { valid, rejected } = await partitionCells(cells, slice);
  const comments = [
    `${cells.length} cells at ${isoMicros(endTime)}`,
    ...rejected.map(({ reason }) => `Left out: ${helpText(reason)}`),
  ];
  let text = comments.map(format.comment).join('');
  const labels = new CellLabels();
  const families = namedFamilies(valid);
  const taken = new Set(families.keys());
  for (const [name, family] of families) {
    text += format.heading(name, family.metric, taken);
    const written = new Set<string>();
    for (const cell of family.cells) {
      if (slice.isOver) {
        await slice.next();
      }
      const cellLabels = labels.of(cell);
      text += written.has(cellLabels)
        ? format.comment(`Left out: another cell of ${name} has the same labels`)
        : samples(name, cellLabels, cell, format);
      written.add(cellLabels);
      if (text.length >= PIECE_LENGTH) {
        yield text;
        text = '';
      }
    }
  }
  yield text + format.end;
}

interface Family {
  readonly metric: MetricDeclaration;
  readonly cells: Cell[];
}

/** The families by the name of their samples, sorted by metric. */
function namedFamilies(cells: readonly Cell[]): Map<string, Family> {
  const named = new Map<string, Family>();
  for (const family of sortedFamilies(cells)) {
    named.set(familyName(family.metric, named), family);
  }
  return named;
}

/** Groups cells by metric, and sorts metrics by name. Two declarations that agree are one metric. */
function sortedFamilies(cells: readonly Cell[]): Family[] {
  const byMetric = new Map<MetricDeclaration, Family>();
  const byDeclaration = new Map<string, Family>();
  for (const cell of cells) {
    let family = byMetric.get(cell.metric);
    if (!family) {
      // The same metric of a source has a declaration for each set of attributes.
      const declaration = (cell.metric.origin ?? cell.metric).describe();
      family = byDeclaration.get(declaration) ?? { metric: cell.metric, cells: [] };
      byDeclaration.set(declaration, family);
      byMetric.set(cell.metric, family);
    }
    family.cells.push(cell);
  }
  return [...byDeclaration]
    .sort(([a, { metric: one }], [b, { metric: other }]) =>
      one.name === other.name ? compare(a, b) : compare(one.name, other.name),
    )
    .map(([, family]) => family);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
