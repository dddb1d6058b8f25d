import type { BenchTable, Effort, Row } from '../bench-table.js';
import { timesFaster } from '../rows.js';
import { labelsOf } from '../workload.js';
import { drawnByZipf, drawnEvenly } from './drawn-cells.js';
import { nanosecondsARecording } from './recorder.js';

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
  { drawn, what, ...bounds }: (typeof AT_RANDOM)[number],
  effort: Effort,
): Promise<Row[]> {
  const { oursAtRandom, promAtRandom, openTelemetryAtRandom } = await recordersFor(what);
  const recorders = {
    ours: oursAtRandom(drawn),
    prom: promAtRandom(drawn),
    otel: openTelemetryAtRandom(drawn),
  };
  const { ours, prom, otel } = await nanosecondsARecording(recorders, effort);
  const row = { what, unit: 'ns CPU', ours };
  return [
    timesFaster({ ...row, peer: 'prom-client observe', peerValues: prom, ...bounds }),
    timesFaster({ ...row, peer: 'OpenTelemetry record', peerValues: otel }),
  ];
}

async function compare(
  { cells, what, ...bounds }: (typeof CASES)[number],
  effort: Effort,
): Promise<Row[]> {
  const { oursOf, promOf, openTelemetryOf } = await recordersFor(what);
  const labels = Array.from({ length: cells }, (_, i) => labelsOf(i));
  const recorders = { ours: oursOf(labels), prom: promOf(labels), otel: openTelemetryOf(labels) };
  const { ours, prom, otel } = await nanosecondsARecording(recorders, effort);
  const row = { what, unit: 'ns CPU', ours };
  return [
    timesFaster({ ...row, peer: 'prom-client observe', peerValues: prom, ...bounds }),
    timesFaster({ ...row, peer: 'OpenTelemetry record', peerValues: otel }),
  ];
}
