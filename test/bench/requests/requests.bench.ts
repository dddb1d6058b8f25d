import type { BenchTable, Effort, Row } from '../bench-table.js';
import { spreadOf } from '../spread.js';
import { intervalOf } from './interval.js';
import { stayOnOneCore } from './one-core.js';
import { pairedRounds, type Pairing, type Volume } from './paired-rounds.js';
import { PLATFORMS } from './variants.js';

const MOST_ADDED_US = 3;

const VOLUMES: Readonly<Record<Effort, Volume>> = {
  short: { rounds: 3, turnsPerRound: 24, warmUpRequests: 10_000 },
  long: { rounds: 6, turnsPerRound: 48, warmUpRequests: 20_000 },
};

const PAIRINGS: readonly Pairing[] = PLATFORMS.map(platform => ({
  platform,
  floor: 'no metrics',
  ours: 'default',
}));

async function measure(effort: Effort): Promise<Row[]> {
  const where = stayOnOneCore() ? 'on one core' : 'on all cores';
  const rows: Row[] = [];
  for (const pairing of PAIRINGS) {
    const row = await rowOf(pairing, VOLUMES[effort]);
    rows.push({ ...row, note: `${row.note}, ${where}` });
  }
  return rows;
}

/** The peer is the floor's twin: what two servers without any difference differ by is chance. */
async function rowOf(pairing: Pairing, volume: Volume): Promise<Row & { note: string }> {
  const { platform, floor, ours } = pairing;
  const { floorUs, twinUs, oursUs } = await pairedRounds(pairing, volume);
  const added = intervalOf(oursUs);
  const chance = intervalOf(twinUs);
  const inside = added.median <= chance.max ? 'inside' : 'outside';
  return {
    what: `CPU that ${ours} adds to a request, ${platform}`,
    unit: 'µs',
    ours: added,
    peer: `twin of the floor (${floor})`,
    peerValue: chance,
    target: MOST_ADDED_US,
    direction: 'at-most',
    note: `floor ${spreadOf(floorUs).median.toFixed(0)} µs; ${inside} the 95 % interval of its twin; ${oursUs.length} rounds`,
  };
}

export const table: BenchTable = {
  title:
    'CPU of a request to one trivial JSON route over 50 connections; ranges are 95 % of the rounds',
  measure,
};
