import type { BenchTable, Effort, Row } from '../bench-table.js';
import { messageFrom } from '../child-process.js';
import { spreadOf } from '../spread.js';
import type { MeasuredBlocks } from './blocks-process.js';
import type { ExporterName } from './exporters.js';

const CELLS = 100_000;
const TARGET_MS = 10;
/** The short form fails only where something is badly wrong: other processes take the processor for as long. */
const ALARM_MS = 100;
const EXPORTERS: readonly ExporterName[] = [
  'Cloud Monitoring',
  'our OTLP',
  'ProdX',
  'OpenTelemetry, OTLP',
];

export const table: BenchTable = {
  title:
    'blocks during a flush of 100,000 counters over a connection, in an application with traffic',
  measure: async effort => {
    const rows: Row[] = [];
    for (const name of EXPORTERS) {
      rows.push(await measure(name, effort));
    }
    return rows;
  },
};

async function measure(name: ExporterName, effort: Effort): Promise<Row> {
  const script = new URL('blocks-process.js', import.meta.url);
  const { flushing, quiet } = await messageFrom<MeasuredBlocks>(script, [
    name,
    'counters',
    String(CELLS),
    effort,
  ]);
  const above = flushing.map((ms, round) => ms - quiet[round]!);
  const isOurs = name !== 'OpenTelemetry, OTLP';
  return {
    what: `${name}, a probe of 3 ms is later by`,
    unit: 'ms',
    ours: spreadOf(above),
    ...(isOurs && { target: TARGET_MS, alarm: ALARM_MS }),
    direction: 'at-most',
    note: `late by ${inMs(flushing)} in a flush, ${inMs(quiet)} without`,
  };
}

function inMs(values: readonly number[]): string {
  return `${spreadOf(values).median.toFixed(1)} ms`;
}
