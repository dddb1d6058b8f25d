import type { BenchTable, Effort, Row } from '../bench-table.js';
import { OurMetrics, type Kind } from '../our-metrics.js';
import { alternated } from '../rounds.js';
import { shareOfPeer } from '../rows.js';
import { FlushRounds } from './flush-rounds.js';
import { doOtherWork } from './other-work.js';

const KINDS: readonly Kind[] = ['counters', 'distributions'];
const SIZES = [1000, 10_000, 100_000] as const;
const FEWEST = String(SIZES[0]);
const MOST = SIZES[2];
const ROUNDS = { short: 3, long: 11 } as const;
const WARM_UP_ROUNDS = { short: 1, long: 4 } as const;
const TARGET = 1.3;
/** For the row that collections of young garbage decide: it differs by a factor of three between machines. */
const ALARM = 10;
const NS_PER_MS = 1e6;

/** What comes between recording and a flush. */
interface Between {
  readonly name: string;
  readonly prepare: () => void;
}

/** In this order: other work lets V8 make room for young objects, and then it copies less of what was just recorded. */
const BETWEEN: readonly Between[] = [
  { name: 'just recorded', prepare: () => {} },
  { name: 'after other work', prepare: doOtherWork },
];

export const table: BenchTable = {
  title: 'flush up to the monitor, CPU nanoseconds a cell as cells grow',
  measure: async effort => {
    const rows: Row[] = [];
    for (const between of BETWEEN) {
      for (const kind of KINDS) {
        rows.push(...(await measure(kind, between, effort)));
      }
    }
    return rows;
  },
};

async function measure(kind: Kind, { name, prepare }: Between, effort: Effort): Promise<Row[]> {
  const flushes = SIZES.map(cells => roundsOf(kind, cells, prepare));
  const subjects = Object.fromEntries(
    flushes.map(({ cells, rounds }) => [
      cells,
      async () => ((await rounds.measure()) / cells) * NS_PER_MS,
    ]),
  );
  await alternated(subjects, WARM_UP_ROUNDS[effort]);
  const nanoseconds = await alternated(subjects, ROUNDS[effort]);
  for (const { rounds } of flushes) {
    await rounds.check();
  }
  const peer = { peer: 'ours, 1,000 cells', peerValues: nanoseconds[FEWEST]! };
  return SIZES.slice(1).map(cells => {
    const what = `${cells.toLocaleString('en')} ${kind}, ${name}`;
    return shareOfPeer({
      what,
      unit: 'ns CPU',
      ours: nanoseconds[cells]!,
      ...peer,
      target: TARGET,
      ...(kind === 'distributions' && cells === MOST && name === 'just recorded'
        ? { alarm: ALARM }
        : {}),
    });
  });
}

/** Every round flushes as many cells, and so makes as much garbage: the fewer at once, the more often. */
function roundsOf(
  kind: Kind,
  cells: number,
  prepare: () => void,
): { cells: number; rounds: FlushRounds } {
  const flushesARound = MOST / cells;
  const ours = new OurMetrics(kind, cells);
  return { cells, rounds: new FlushRounds(ours, kind, cells, flushesARound, prepare) };
}
