// @ts-check
/** @import { CellStatus, DistributionStatus, StatusReport } from '../status-report.js' */
import { isDistribution } from './cells.js';

/** @typedef {StatusReport['metrics'][number]} Metric */

/**
 * @typedef {object} Route
 * @property {string} name
 * @property {number} count
 * @property {DistributionStatus['buckets']} buckets
 */

/** The requests of this page itself are no traffic. */
const OWN_ROUTES = /^\/internal\/tsmon(?:\/|$)/;
const SERVER_ERROR = 500;

/**
 * Counts the requests and the errors of the server since its start; undefined where neither is measured.
 *
 * @param {Pick<StatusReport, 'metrics'>} report
 */
export function trafficOf({ metrics }) {
  const counted =
    metricNamed(metrics, 'http/server_response_status') ??
    metricNamed(metrics, 'http/server_durations');
  if (!counted) {
    return undefined;
  }
  let requests = 0;
  let errors = 0;
  for (const cell of countedCells(counted)) {
    const count = countOf(cell);
    requests += count;
    errors += Number(cell.fields.status) >= SERVER_ERROR ? count : 0;
  }
  return { requests, errors };
}

/**
 * Returns the latencies of each route, the most frequent first.
 *
 * @param {Pick<StatusReport, 'metrics'>} report
 * @returns {Route[]}
 */
export function routesOf({ metrics }) {
  const durations = metricNamed(metrics, 'http/server_durations');
  /** @type {Map<string, CellStatus[]>} */
  const cellsOf = new Map();
  for (const cell of durations ? countedCells(durations) : []) {
    const name = String(cell.fields.name);
    cellsOf.set(name, [...(cellsOf.get(name) ?? []), cell]);
  }
  return Array.from(cellsOf, ([name, cells]) => ({
    name,
    count: cells.reduce((sum, cell) => sum + countOf(cell), 0),
    buckets: mergedBuckets(cells),
  })).sort((a, b) => b.count - a.count);
}

/**
 * Reads how busy the process was when it last reported. What is not measured is undefined.
 *
 * @param {Pick<StatusReport, 'metrics'>} report
 */
export function saturationOf({ metrics }) {
  /** @type {(name: string, statistic?: string) => number | undefined} */
  const gauge = (name, statistic) => {
    const cells = metricNamed(metrics, name)?.cells ?? [];
    const value = cells.find(({ fields }) => fields.statistic === statistic)?.value;
    return typeof value === 'number' ? value : undefined;
  };
  return {
    utilization: gauge('nodejs/event_loop/utilization'),
    delayMs: gauge('nodejs/event_loop/delay', 'p99'),
    rss: gauge('nodejs/mem/rss'),
    heapUsed: gauge('nodejs/mem/heap_used'),
    heapTotal: gauge('nodejs/mem/heap_total'),
  };
}

/**
 * @param {readonly Metric[]} metrics
 * @param {string} wanted
 */
function metricNamed(metrics, wanted) {
  return metrics.find(({ name }) => name === wanted);
}

/** @param {Metric} metric */
function countedCells({ cells }) {
  return cells.filter(({ fields }) => !OWN_ROUTES.test(String(fields.name)));
}

/** @param {CellStatus} cell */
function countOf({ value }) {
  return isDistribution(value) ? value.count : Number(value ?? 0);
}

/**
 * Adds up the buckets of cells of one metric, whose bounds are the same.
 *
 * @param {readonly CellStatus[]} cells
 */
function mergedBuckets(cells) {
  /** @type {Map<number, { from: number | '-Infinity', to: number | 'Infinity', count: number }>} */
  const merged = new Map();
  for (const { value } of cells) {
    for (const { from, to, count } of isDistribution(value) ? value.buckets : []) {
      const before = merged.get(Number(from))?.count ?? 0;
      merged.set(Number(from), { from, to, count: before + count });
    }
  }
  return [...merged.values()].sort((a, b) => Number(a.from) - Number(b.from));
}
