import type { BenchTable, Effort, Row, Spread } from '../bench-table.js';
import { spreadOf } from '../spread.js';
import { intervalOf } from './interval.js';
import { stayOnOneCore } from './one-core.js';
import { pairedRounds, type Ratios, type Volume } from './paired-rounds.js';
import { BARE_HOOKS, PACKAGES, PLATFORMS, type Platform, type Variant } from './variants.js';

interface Comparison {
  readonly platform: Platform;
  readonly peers: readonly Variant[];
}

/** The short form covers the platform that is measured with less noise, and the peer that costs least there. */
const COMPARISONS: Readonly<Record<Effort, readonly Comparison[]>> = {
  short: [{ platform: 'fastify', peers: ['prom-client in a hook'] }],
  long: PLATFORMS.map(platform => ({ platform, peers: [...BARE_HOOKS, ...PACKAGES[platform]] })),
};

const VOLUMES: Readonly<Record<Effort, Volume>> = {
  short: { rounds: 4, turnsPerRound: 24, warmUpRequests: 4_000 },
  long: { rounds: 6, turnsPerRound: 48, warmUpRequests: 10_000 },
};

const OURS: Variant = 'default';

/** The least cost, as a share of a request, that the short form can tell from chance on a machine that does other things too. */
const LEAST_COST = 0.1;

async function measure(effort: Effort): Promise<Row[]> {
  const where = stayOnOneCore() ? 'on one core' : 'on all cores';
  const rows: Row[] = [];
  for (const { platform, peers } of COMPARISONS[effort]) {
    const ratios = await pairedRounds(platform, [OURS, ...peers], VOLUMES[effort]);
    const floorUs = spreadOf(ratios.floorUs).median.toFixed(0);
    const note = `no metrics ${floorUs} µs, ${ratios.floorUs.length} rounds, ${where}`;
    rows.push({ ...rowOf(platform, ratios, 'twin of no metrics', intervalOf(ratios.twin)), note });
    rows.push(...peers.map(peer => peerRow(platform, ratios, peer)));
  }
  return rows;
}

/** Allows ours the CPU of the peer, or what two servers without any difference differ by. The short form allows twice that cost. */
function peerRow(platform: Platform, ratios: Ratios, peer: Variant): Row {
  const peerRatio = intervalOf(ratios.subjects.get(peer)!);
  const target = Number(Math.max(peerRatio.median, intervalOf(ratios.twin).max, 1).toFixed(2));
  return {
    ...rowOf(platform, ratios, peer, peerRatio),
    target,
    direction: 'at-most',
    alarm: 1 + 2 * Math.max(target - 1, LEAST_COST),
  };
}

function rowOf(platform: Platform, ratios: Ratios, peer: string, peerValue: Spread): Row {
  return {
    what: platform,
    unit: '× no metrics',
    ours: intervalOf(ratios.subjects.get(OURS)!),
    peer,
    peerValue,
  };
}

export const table: BenchTable = {
  title:
    'CPU of a request to one trivial JSON route over 50 connections, against no metrics; ranges are 95 % of the rounds',
  measure,
};
