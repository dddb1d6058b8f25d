import type { BenchTable, Effort, Row } from '../bench-table.js';
import { OurMetrics, type Kind } from '../our-metrics.js';
import { alternated } from '../rounds.js';
import { timesFaster } from '../rows.js';
import { spreadOf } from '../spread.js';
import { FlushRounds } from './flush-rounds.js';
import { OpenTelemetryFlush } from './otel-flush.js';

interface Case {
  readonly kind: Kind;
  readonly cells: number;
  /** How many times faster. The cases that have one are also those whose longest block counts. */
  readonly target?: number;
}

const CASES: readonly Case[] = [
  { kind: 'counters', cells: 1000 },
  { kind: 'counters', cells: 10_000 },
  { kind: 'counters', cells: 100_000, target: 12 },
  { kind: 'distributions', cells: 1000 },
  { kind: 'distributions', cells: 10_000, target: 15 },
];
const ROUNDS = { short: 3, long: 15 } as const;
const WARM_UP_ROUNDS = { short: 2, long: 5 } as const;
const BLOCK_TARGET_MS = 5;
/** A busy machine interrupts for longer than any flush blocks. */
const BLOCK_ALARM_MS = 150;

export const table: BenchTable = {
  title: 'flush up to the monitor, against OpenTelemetry SDK collect',
  measure: async effort => {
    const cases = effort === 'long' ? CASES : CASES.filter(({ target }) => target !== undefined);
    const rows: Row[] = [];
    for (const one of cases) {
      rows.push(...(await compare(one, effort)));
    }
    return rows;
  },
};

async function compare({ kind, cells, target }: Case, effort: Effort): Promise<Row[]> {
  const ours = new FlushRounds(new OurMetrics(kind, cells), kind, cells);
  const otel = new FlushRounds(new OpenTelemetryFlush(kind, cells), kind, cells);
  const subjects = { ours: ours.measure, otel: otel.measure };
  await alternated(subjects, WARM_UP_ROUNDS[effort]);
  ours.blocksMs.length = otel.blocksMs.length = 0;
  const measured = await alternated(subjects, ROUNDS[effort]);
  await ours.check();
  await otel.check();
  const what = `${cells.toLocaleString('en')} ${kind}`;
  const peer = { peer: 'OpenTelemetry', peerValues: measured.otel };
  return [
    timesFaster({ what, unit: 'ms CPU', ours: measured.ours, ...peer, target }),
    {
      what: `${what}, longest block`,
      unit: 'ms',
      ours: spreadOf(ours.blocksMs),
      peer: 'OpenTelemetry',
      peerValue: spreadOf(otel.blocksMs),
      ...(target === undefined
        ? {}
        : { target: BLOCK_TARGET_MS, alarm: BLOCK_ALARM_MS, direction: 'at-most' }),
    },
  ];
}
