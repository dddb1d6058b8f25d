import type { BenchTable, Effort, Row } from '../bench-table.js';
import { messageFrom } from '../child-process.js';
import type { Kind } from '../our-metrics.js';
import { shareOfPeer } from '../rows.js';
import { spreadOf } from '../spread.js';
import type { ExporterName } from './exporters.js';

const CELLS = 10_000;
const US_PER_MS = 1000;
const PEER = 'OpenTelemetry, OTLP';
/** Microseconds of CPU a cell that Cloud Monitoring may take. */
const TARGETS_US: Readonly<Record<Kind, number>> = { counters: 3, distributions: 8 };
const OTLP_TARGET = 0.5;
/** The short form fails only where something is badly wrong: machines differ by a factor of two. */
const ALARM = 4;
/** As for the tables: garbage is collected between rounds, and compiled code is kept. */
const NODE_OPTIONS = ['--expose-gc', '--no-flush-bytecode'];

export const table: BenchTable = {
  title: 'flush over HTTP to a server in another process, CPU a cell, 10,000 cells, a process each',
  measure: async effort => [
    ...(await compare('counters', effort)),
    ...(await compare('distributions', effort)),
  ],
};

async function compare(kind: Kind, effort: Effort): Promise<Row[]> {
  const cloudMonitoring = await measure('Cloud Monitoring', kind, effort);
  const ourOtlp = await measure('our OTLP', kind, effort);
  const otel = await measure(PEER, kind, effort);
  const peer = { peer: PEER, peerValues: perCell(otel) };
  const ours = perCell(cloudMonitoring);
  const unit = 'µs CPU';
  return [
    {
      what: `${kind}, Cloud Monitoring, alone`,
      unit,
      ours: spreadOf(ours),
      target: TARGETS_US[kind],
      alarm: ALARM * TARGETS_US[kind],
      direction: 'at-most',
    },
    shareOfPeer({ what: `${kind}, Cloud Monitoring`, unit, ours, ...peer }),
    shareOfPeer({
      what: `${kind}, our OTLP`,
      unit,
      ours: perCell(ourOtlp),
      ...peer,
      target: OTLP_TARGET,
      alarm: ALARM * OTLP_TARGET,
    }),
  ];
}

function measure(name: ExporterName, kind: Kind, effort: Effort): Promise<number[]> {
  const script = new URL('exporter-process.js', import.meta.url);
  return messageFrom(script, [name, kind, String(CELLS), effort], NODE_OPTIONS);
}

function perCell(cpuMs: readonly number[]): number[] {
  return cpuMs.map(ms => (ms * US_PER_MS) / CELLS);
}
