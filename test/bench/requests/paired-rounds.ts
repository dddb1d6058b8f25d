import { spreadOf } from '../spread.js';
import { ServerProcess } from './server-process.js';
import type { Platform, Variant } from './variants.js';

export interface Volume {
  /** Each round has servers of its own, since two processes of the same code differ for as long as they live. */
  readonly rounds: number;
  readonly turnsPerRound: number;
  readonly warmUpRequests: number;
}

/** CPU of a request in each round: of the floor in microseconds, and of the others as a multiple of the floor. */
export interface Ratios {
  readonly floorUs: number[];
  /** A second server without metrics: how far it is from 1 is chance. */
  readonly twin: number[];
  readonly subjects: ReadonlyMap<Variant, number[]>;
}

/** A few milliseconds: what slows the machine down for a second slows all servers. */
const REQUESTS_PER_TURN = 100;

const FLOOR: Variant = 'no metrics';

/** Measures servers beside each other, which take turns. */
export async function pairedRounds(
  platform: Platform,
  subjects: readonly Variant[],
  volume: Volume,
): Promise<Ratios> {
  const ratios: Ratios = {
    floorUs: [],
    twin: [],
    subjects: new Map(subjects.map(subject => [subject, []])),
  };
  for (let round = 0; round < volume.rounds; round++) {
    const turns = await oneRound(platform, [FLOOR, FLOOR, ...subjects], volume);
    const [floor, twin, ...others] = turns as [number[], ...number[][]];
    const overFloor = (server: readonly number[]): number =>
      median(server.map((us, turn) => us / floor[turn]!));
    ratios.floorUs.push(median(floor));
    ratios.twin.push(overFloor(twin!));
    others.forEach((server, i) => ratios.subjects.get(subjects[i]!)!.push(overFloor(server)));
  }
  return ratios;
}

/** Returns for each server the microseconds of a request, turn by turn. */
async function oneRound(
  platform: Platform,
  variants: readonly Variant[],
  volume: Volume,
): Promise<number[][]> {
  const servers = await Promise.all(
    variants.map(variant => ServerProcess.start(platform, variant)),
  );
  try {
    await warmUp(servers, volume.warmUpRequests);
    const turns: number[][] = servers.map(() => []);
    for (let turn = 0; turn < volume.turnsPerRound; turn++) {
      for (const place of orderOf(servers.length, turn)) {
        turns[place]!.push(await servers[place]!.cpuUsPerRequest(REQUESTS_PER_TURN));
      }
    }
    return turns;
  } finally {
    await Promise.all(servers.map(server => server.stop()));
  }
}

/** Begins with another server each turn, forwards and backwards, so that none of them profits from its place. */
function orderOf(servers: number, turn: number): number[] {
  const order = Array.from({ length: servers }, (_, i) => (i + (turn >> 1)) % servers);
  return turn % 2 === 0 ? order : order.toReversed();
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
