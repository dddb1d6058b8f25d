import type { BenchTable, Effort, Row } from '../bench-table.js';
import { cpuMs } from '../cpu-time.js';
import { collectGarbage } from '../flush/collect-garbage.js';
import { alternated, type Measure } from '../rounds.js';
import { shareOfPeer } from '../rows.js';
import { OpenTelemetryPoints } from './otel-points.js';
import { PromSeries } from './prom-series.js';
import { SourceCellsReader } from './source-cells-reader.js';

const ROUNDS = { short: 7, long: 31 } as const;
const WARM_UP_ROUNDS = 5;
const READS_A_ROUND = 20;
/** The peer's own work is a part of ours, and at most half of it comes on top. */
const TARGET = 1.5;
/** Garbage is collected when it pleases, which on a busy machine doubles a figure. */
const ALARM = 2.5 * TARGET;
const US_PER_MS = 1000;

export const table: BenchTable = {
  title: 'sources read into cells, against what their libraries take to hand them out',
  measure: async effort => {
    const rows: Row[] = [];
    for (const kind of ['counters', 'histograms'] as const) {
      const [text, json] = [new PromSeries(kind), new PromSeries(kind)];
      const peers = {
        'register.metrics()': measured(text, () => text.text()),
        'getMetricsAsJSON()': measured(json, () => json.json()),
      };
      const what = `prom-client, 1,000 series of ${kind}`;
      rows.push(...(await compare(what, effort, new PromSeries(kind), peers)));
    }
    for (const kind of ['counters', 'histograms', 'exponential histograms'] as const) {
      const points = new OpenTelemetryPoints(kind);
      const peers = { 'collect()': measured(points, () => points.collect()) };
      const what = `OpenTelemetry, 1,000 points of ${kind}`;
      rows.push(...(await compare(what, effort, new OpenTelemetryPoints(kind), peers)));
    }
    return rows;
  },
};

/** Metrics that can be changed. */
type Recorded = Pick<PromSeries, 'record' | 'recorded' | 'cells' | 'source'>;

/** @throws Error unless all that was recorded is in the cells. */
async function compare(
  what: string,
  effort: Effort,
  recorded: Recorded,
  peers: Readonly<Record<string, Measure>>,
): Promise<Row[]> {
  const reader = new SourceCellsReader(recorded.source(), recorded.cells);
  const subjects = { ...peers, ours: measured(recorded, () => reader.read()) };
  await alternated(subjects, WARM_UP_ROUNDS);
  const values: Readonly<Record<string, number[]>> = await alternated(subjects, ROUNDS[effort]);
  reader.check(recorded.recorded);
  return Object.keys(peers).map(peer =>
    shareOfPeer({
      what,
      unit: 'µs CPU',
      ours: values['ours']!,
      peer,
      peerValues: values[peer]!,
      // What applications use is the text.
      target: peer === 'getMetricsAsJSON()' ? undefined : TARGET,
      alarm: ALARM,
    }),
  );
}

/** Measures the microseconds of CPU that a read takes, after every value has changed. */
function measured(recorded: Recorded, read: () => Promise<unknown>): Measure {
  return async () => {
    await collectGarbage();
    let sumMs = 0;
    for (let i = 0; i < READS_A_ROUND; i++) {
      recorded.record();
      const startMs = cpuMs();
      await read();
      sumMs += cpuMs() - startMs;
    }
    return (sumMs * US_PER_MS) / READS_A_ROUND;
  };
}
