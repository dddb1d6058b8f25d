// @ts-check
/** @import { CellStatus, DistributionStatus, StatusReport } from '../status-report.js' */
import { History } from './history.js';
import { nextTask } from './dom.js';

/**
 * @typedef {object} CellRow a cell, or a metric without cells
 * @property {string} key
 * @property {StatusReport['metrics'][number]} metric
 * @property {CellStatus | undefined} cell
 * @property {string} fields the fields as text, for sorting
 * @property {string} searchText name, kind, source, description and fields in small letters
 * @property {History} history
 */

/** @typedef {'metric' | 'fields' | 'value' | 'rate'} SortBy */

/** Other work of the page waits at most this long. */
const SLICE_MS = 12;
const { compare } = new Intl.Collator('en', { numeric: true });

/** All cells, with what they were since the page was opened. */
export class Cells {
  /** @type {Map<string, CellRow>} */
  #rows = new Map();

  /** How many cells there are. */
  count = 0;

  /**
   * Takes the cells of a report, and lets the page do other work meanwhile.
   *
   * @param {StatusReport} report
   */
  async update(report) {
    /** @type {Map<string, CellRow>} */
    const rows = new Map();
    let count = 0;
    let started = performance.now();
    for (const metric of report.metrics) {
      count += metric.cells.length;
      for (const cell of metric.cells.length > 0 ? metric.cells : [undefined]) {
        const key = keyOf(metric, cell);
        const row = this.#rows.get(key) ?? newRow(key, metric, cell);
        row.metric = metric;
        row.cell = cell;
        remember(row, report.time);
        rows.set(key, row);
        if (performance.now() - started > SLICE_MS) {
          await nextTask();
          started = performance.now();
        }
      }
    }
    this.#rows = rows;
    this.count = count;
  }

  /**
   * Counts the cells that pass a test.
   *
   * @param {(row: CellRow) => boolean} test
   */
  countOf(test) {
    let count = 0;
    for (const row of this.#rows.values()) {
      count += test(row) ? 1 : 0;
    }
    return count;
  }

  /**
   * Returns the rows that contain all words of the search and pass a test, sorted.
   *
   * @param {string} search
   * @param {(row: CellRow) => boolean} test
   * @param {SortBy} by
   * @param {boolean} descending
   * @returns {CellRow[]}
   */
  select(search, test, by, descending) {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...this.#rows.values()].filter(
      row => test(row) && words.every(word => contains(row, word)),
    );
    // The report is sorted by metric already.
    const sorted = by === 'metric' ? rows : rows.sort(ORDERS[by]);
    return descending ? sorted.toReversed() : sorted;
  }
}

/** @type {Readonly<Record<Exclude<SortBy, 'metric'>, (a: CellRow, b: CellRow) => number>>} */
const ORDERS = {
  fields: (a, b) => compare(a.fields, b.fields),
  value: (a, b) => byNumberThenText(sizeOf(a), sizeOf(b)),
  rate: (a, b) => (rateOf(a) ?? -1) - (rateOf(b) ?? -1),
};

/**
 * Returns the rise of a cumulative cell per second; undefined for other cells, and before a cell was seen twice.
 *
 * @param {CellRow} row
 */
export function rateOf({ metric, history }) {
  return metric.cumulative ? history.ratePerSec : undefined;
}

/**
 * @param {CellStatus['value']} value
 * @returns {value is DistributionStatus}
 */
export function isDistribution(value) {
  return typeof value === 'object';
}

/**
 * Metrics of sources may have one name, and fields that differ.
 *
 * @param {StatusReport['metrics'][number]} metric
 * @param {CellStatus | undefined} cell
 */
function keyOf({ name, kind, source }, cell) {
  return JSON.stringify([name, kind, source, cell?.fields, cell?.target]);
}

/**
 * @param {string} key
 * @param {StatusReport['metrics'][number]} metric
 * @param {CellStatus | undefined} cell
 * @returns {CellRow}
 */
function newRow(key, metric, cell) {
  const fields = Object.entries({ ...cell?.fields, ...cell?.target })
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  const { name, kind, source = '', description } = metric;
  const searchText = [name, kind, source, description, fields].join(' ').toLowerCase();
  return { key, metric, cell, fields, searchText, history: new History() };
}

/**
 * @param {CellRow} row
 * @param {number} timeMs
 */
function remember({ metric, cell, history }, timeMs) {
  const value = isDistribution(cell?.value) ? cell.value.count : cell?.value;
  if (typeof value === 'number') {
    history.add(timeMs, value, metric.cumulative);
  }
}

/**
 * @param {CellRow} row
 * @param {string} word
 */
function contains({ searchText, cell }, word) {
  const value = cell?.value;
  return (
    searchText.includes(word) ||
    (value !== undefined && !isDistribution(value) && String(value).toLowerCase().includes(word))
  );
}

/**
 * @param {CellRow} row
 * @returns {number | string}
 */
function sizeOf({ cell }) {
  const value = cell?.value;
  if (isDistribution(value)) {
    return value.count;
  }
  return typeof value === 'boolean' ? Number(value) : (value ?? -Infinity);
}

/**
 * @param {number | string} a
 * @param {number | string} b
 */
function byNumberThenText(a, b) {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b ? 0 : a - b;
  }
  if (typeof a === 'string' && typeof b === 'string') {
    return compare(a, b);
  }
  return typeof a === 'number' ? -1 : 1;
}
