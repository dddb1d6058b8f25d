import type { BenchTable, Effort, Row } from '../bench-table.js';
import { labelsOf } from '../workload.js';
import { comparedRows, type PeerMethods } from './compared-rows.js';
import { drawnByZipf, drawnEvenly } from './drawn-cells.js';

const CASES = [
  { cells: 1, what: 'same cell', target: 40, alarm: 15 },
  { cells: 100, what: '100 cells in turn' },
  { cells: 10_000, what: '10,000 cells in turn' },
] as const;
const AT_RANDOM = [
  { drawn: drawnEvenly(1), what: 'same cell, samples at random', target: 40, alarm: 12 },
  { drawn: drawnEvenly(100), what: '100 cells at random', target: 20, alarm: 7 },
  { drawn: drawnEvenly(10_000), what: '10,000 cells at random', target: 8, alarm: 2.5 },
  { drawn: drawnByZipf(100), what: '100 cells, routes by Zipf', target: 20, alarm: 7 },
  { drawn: drawnByZipf(10_000), what: '10,000 cells, routes by Zipf', target: 8, alarm: 2.5 },
] as const;

const METHODS: PeerMethods = { prom: 'observe', otel: 'record' };

export const table: BenchTable = {
  title: 'distribution.add(sample, fields), three fields, 100 finite buckets',
  measure: async effort => {
    const rows: Row[] = [];
    for (const one of AT_RANDOM) {
      rows.push(...(await compareAtRandom(one, effort)));
    }
    for (const one of CASES) {
      rows.push(...(await compare(one, effort)));
    }
    return rows;
  },
};

/** The loops anew for each case: applications have a call site for each metric, and engines know what is seen there. */
function recordersFor(what: string): Promise<typeof import('./distribution-recorders.js')> {
  return import(`./distribution-recorders.js?${what}`);
}

async function compareAtRandom(
  { drawn, ...bounds }: (typeof AT_RANDOM)[number],
  effort: Effort,
): Promise<Row[]> {
  const { oursAtRandom, promAtRandom, openTelemetryAtRandom } = await recordersFor(bounds.what);
  const recorders = {
    ours: oursAtRandom(drawn),
    prom: promAtRandom(drawn),
    otel: openTelemetryAtRandom(drawn),
  };
  return await comparedRows(recorders, METHODS, bounds, effort);
}

async function compare(
  { cells, ...bounds }: (typeof CASES)[number],
  effort: Effort,
): Promise<Row[]> {
  const { oursOf, promOf, openTelemetryOf } = await recordersFor(bounds.what);
  const labels = Array.from({ length: cells }, (_, i) => labelsOf(i));
  const recorders = { ours: oursOf(labels), prom: promOf(labels), otel: openTelemetryOf(labels) };
  return await comparedRows(recorders, METHODS, bounds, effort);
}
