import { ServerProcess } from './server-process.js';
import type { Platform, Variant } from './variants.js';

/** Three servers at a time: two that are the same, whose difference is chance, and one that is to be compared. */
export interface Pairing {
  readonly platform: Platform;
  readonly floor: Variant;
  readonly ours: Variant;
}

export interface Volume {
  /** Servers are started anew, since two processes of the same code differ for as long as they live. */
  readonly starts: number;
  readonly roundsPerStart: number;
  readonly warmUpRequests: number;
  readonly requestsPerRound: number;
}

/** Microseconds of CPU a request: of the floor, and what the others take more, round by round. */
export interface Differences {
  readonly floorUs: readonly number[];
  readonly twinUs: readonly number[];
  readonly oursUs: readonly number[];
}

/** Every order of three, so that none of them profits from its place. */
const ORDERS = [
  [0, 1, 2],
  [2, 1, 0],
  [1, 2, 0],
  [0, 2, 1],
  [2, 0, 1],
  [1, 0, 2],
] as const;

export async function pairedRounds(pairing: Pairing, volume: Volume): Promise<Differences> {
  const floorUs: number[] = [];
  const twinUs: number[] = [];
  const oursUs: number[] = [];
  for (let start = 0; start < volume.starts; start++) {
    for (const [floor, twin, ours] of await roundsOfOneStart(pairing, volume)) {
      floorUs.push(floor);
      twinUs.push(twin - floor);
      oursUs.push(ours - floor);
    }
  }
  return { floorUs, twinUs, oursUs };
}

const TURNS_PER_ORDER = 4;

type Round = [floor: number, twin: number, ours: number];

/** In small turns: what slows the machine down for a second slows all three. */
async function oneRound(servers: readonly ServerProcess[], requests: number): Promise<Round> {
  const round: Round = [0, 0, 0];
  const turns = TURNS_PER_ORDER * ORDERS.length;
  for (let turn = 0; turn < turns; turn++) {
    for (const place of ORDERS[turn % ORDERS.length]!) {
      round[place] += (await servers[place]!.cpuUsPerRequest(requests / turns)) / turns;
    }
  }
  return round;
}

async function roundsOfOneStart(pairing: Pairing, volume: Volume): Promise<Round[]> {
  const { platform, floor, ours } = pairing;
  const servers: ServerProcess[] = [];
  try {
    for (const variant of [floor, floor, ours]) {
      servers.push(await ServerProcess.start(platform, variant));
    }
    for (const server of servers) {
      await server.cpuUsPerRequest(volume.warmUpRequests);
    }
    const rounds: Round[] = [];
    for (let i = 0; i < volume.roundsPerStart; i++) {
      rounds.push(await oneRound(servers, volume.requestsPerRound));
    }
    return rounds;
  } finally {
    await Promise.all(servers.map(server => server.stop()));
  }
}
