import { spreadOf } from '../spread.js';
import { ServerProcess } from './server-process.js';
import type { Platform, Variant } from './variants.js';

/** Three servers at a time: two that are the same, whose difference is chance, and one that is to be compared. */
export interface Pairing {
  readonly platform: Platform;
  readonly floor: Variant;
  readonly ours: Variant;
}

export interface Volume {
  /** Each round has servers of its own, since two processes of the same code differ for as long as they live. */
  readonly rounds: number;
  readonly turnsPerRound: number;
  readonly warmUpRequests: number;
}

/** Microseconds of CPU a request: of the floor, and what the others take more, round by round. */
export interface Differences {
  readonly floorUs: number[];
  readonly twinUs: number[];
  readonly oursUs: number[];
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

/** A few milliseconds: what slows the machine down for a second slows all three. */
const REQUESTS_PER_TURN = 100;

export async function pairedRounds(pairing: Pairing, volume: Volume): Promise<Differences> {
  const differences: Differences = { floorUs: [], twinUs: [], oursUs: [] };
  for (let round = 0; round < volume.rounds; round++) {
    const [floor, twin, ours] = await oneRound(pairing, volume);
    differences.floorUs.push(median(floor));
    differences.twinUs.push(median(twin.map((us, turn) => us - floor[turn]!)));
    differences.oursUs.push(median(ours.map((us, turn) => us - floor[turn]!)));
  }
  return differences;
}

/** Of each server the microseconds of a request, turn by turn. */
type Round = [floor: number[], twin: number[], ours: number[]];

async function oneRound({ platform, floor, ours }: Pairing, volume: Volume): Promise<Round> {
  const servers: ServerProcess[] = [];
  try {
    for (const variant of [floor, floor, ours]) {
      servers.push(await ServerProcess.start(platform, variant));
    }
    await warmUp(servers, volume.warmUpRequests);
    const round: Round = [[], [], []];
    for (let turn = 0; turn < volume.turnsPerRound; turn++) {
      for (const place of ORDERS[turn % ORDERS.length]!) {
        round[place].push(await servers[place]!.cpuUsPerRequest(REQUESTS_PER_TURN));
      }
    }
    return round;
  } finally {
    await Promise.all(servers.map(server => server.stop()));
  }
}

/**
 * In turns as well. A process that idles for seconds collects its garbage, and then V8 may throw away the shapes of
 * requests, and the code that was optimized for them.
 */
async function warmUp(servers: readonly ServerProcess[], requests: number): Promise<void> {
  const turns = 20;
  for (let turn = 0; turn < turns; turn++) {
    for (const server of servers) {
      await server.cpuUsPerRequest(requests / turns);
    }
  }
}

function median(values: readonly number[]): number {
  return spreadOf(values).median;
}
