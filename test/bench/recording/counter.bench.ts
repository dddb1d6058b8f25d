import type { BenchTable, Effort, Row } from '../bench-table.js';
import { timesFaster } from '../rows.js';
import { labelsOf } from '../workload.js';
import { comparedRows, type PeerMethods } from './compared-rows.js';
import { drawnByZipf, drawnEvenly, type DrawnCells } from './drawn-cells.js';
import { useOtherMetrics } from './other-metrics.js';
import { nanosecondsARecording } from './recorder.js';

interface Case {
  readonly cells: number;
  readonly what: string;
  readonly target?: number;
  readonly alarm?: number;
}

interface DrawnCase {
  readonly drawn: DrawnCells;
  readonly what: string;
  readonly target: number;
  readonly alarm: number;
}

const ONE_CELL: Case = { cells: 1, what: 'same cell', target: 40, alarm: 15 };
const IN_TURN: readonly Case[] = [
  { cells: 100, what: '100 cells in turn' },
  { cells: 10_000, what: '10,000 cells in turn' },
];
const AT_RANDOM: readonly DrawnCase[] = [
  { drawn: drawnEvenly(100), what: '100 cells at random', target: 20, alarm: 7 },
  { drawn: drawnEvenly(10_000), what: '10,000 cells at random', target: 8, alarm: 2.5 },
  { drawn: drawnByZipf(100), what: '100 cells, routes by Zipf', target: 20, alarm: 7 },
  { drawn: drawnByZipf(10_000), what: '10,000 cells, routes by Zipf', target: 8, alarm: 2.5 },
];
const AMONG_OTHERS: Case = { cells: 100, what: '100 cells, beside 20 metrics with other fields' };

const METHODS: PeerMethods = { prom: 'inc', otel: 'add' };

export const table: BenchTable = {
  title: 'counter.add(1, fields), three fields',
  measure: async effort => {
    const rows: Row[] = await compare(ONE_CELL, effort);
    for (const one of AT_RANDOM) {
      rows.push(...(await compareAtRandom(one, effort)));
    }
    for (const one of IN_TURN) {
      rows.push(...(await compare(one, effort)));
    }
    rows.push(await withFreshObjects(effort));
    useOtherMetrics();
    return [...rows, ...(await compare(AMONG_OTHERS, effort))];
  },
};

/** The loops anew for each case: applications have a call site for each metric, and engines know what is seen there. */
function recordersFor(what: string): Promise<typeof import('./counter-recorders.js')> {
  return import(`./counter-recorders.js?${what}`);
}

async function compareAtRandom({ drawn, ...bounds }: DrawnCase, effort: Effort): Promise<Row[]> {
  const { oursAtRandom, promAtRandom, openTelemetryAtRandom } = await recordersFor(bounds.what);
  const recorders = {
    ours: oursAtRandom(drawn),
    prom: promAtRandom(drawn),
    otel: openTelemetryAtRandom(drawn),
  };
  return await comparedRows(recorders, METHODS, bounds, effort);
}

async function compare({ cells, ...bounds }: Case, effort: Effort): Promise<Row[]> {
  const { oursOf, promOf, openTelemetryOf } = await recordersFor(bounds.what);
  const labels = Array.from({ length: cells }, (_, i) => labelsOf(i));
  const recorders = { ours: oursOf(labels), prom: promOf(labels), otel: openTelemetryOf(labels) };
  return await comparedRows(recorders, METHODS, bounds, effort);
}

async function withFreshObjects(effort: Effort): Promise<Row> {
  const what = '100 cells, a new object each time';
  const { oursWithFreshObjects, promWithFreshObjects } = await recordersFor(what);
  const labels = Array.from({ length: 100 }, (_, i) => labelsOf(i));
  const recorders = { ours: oursWithFreshObjects(labels), prom: promWithFreshObjects(labels) };
  const { ours, prom } = await nanosecondsARecording(recorders, effort);
  return timesFaster({ what, unit: 'ns CPU', ours, peer: 'prom-client inc', peerValues: prom });
}
