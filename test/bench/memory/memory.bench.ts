import type { BenchTable, Effort, Row } from '../bench-table.js';
import { messageFrom } from '../child-process.js';
import { alternated } from '../rounds.js';
import { shareOfPeer } from '../rows.js';
import type { HolderName } from './holders.js';

/** What the process of a holder sends to its parent. */
export interface HeldBytes {
  readonly bytesPerCell: number;
}

const ROUNDS = { short: 1, long: 9 } as const;
const CASES = [
  { kind: 'counters', what: 'counter cell', cells: 100_000, target: 0.6 },
  { kind: 'distributions', what: 'distribution cell, 20 samples', cells: 20_000, target: 0.4 },
] as const;

export const table: BenchTable = {
  title: 'bytes a cell, three fields, after one accepted flush (heap and buffers)',
  measure: async effort => {
    const rows: Row[] = [];
    for (const one of CASES) {
      rows.push(await compare(one, effort));
    }
    return rows;
  },
};

async function compare(
  { kind, what, cells, target }: (typeof CASES)[number],
  effort: Effort,
): Promise<Row> {
  const bytesOf = async (holder: HolderName): Promise<number> => {
    const script = new URL('holder-process.js', import.meta.url);
    const args = [holder, String(cells)];
    return (await messageFrom<HeldBytes>(script, args, ['--expose-gc'])).bytesPerCell;
  };
  const measured = await alternated(
    { ours: () => bytesOf(`ours-${kind}`), prom: () => bytesOf(`prom-${kind}`) },
    ROUNDS[effort],
  );
  const peer = { peer: 'prom-client', peerValues: measured.prom };
  const whatOf = `${what}, of ${cells.toLocaleString('en')}`;
  return shareOfPeer({ what: whatOf, unit: 'bytes', ours: measured.ours, ...peer, target });
}
