import { setImmediate } from 'node:timers/promises';
import { SeededRandom } from '../../support/seeded-random.js';
import { settleDown } from './calm.js';
import { Scenes } from './scenes.js';
import { drawSetting } from './setting.js';
import { stepsOf, type WeighedStep } from './steps.js';
import { World, type Mutation } from './world.js';

export interface ScheduleOptions {
  /** It decides every step. */
  readonly seed: number;
  readonly mutation?: Mutation;
  /** Called with a line for each step. */
  readonly log?: (text: string) => void;
}

const FEWEST_STEPS = 30;
const MORE_STEPS = 70;
/** A step may find nothing to be done to; then others are tried. */
const MOST_TRIES = 10;

/**
 * One schedule: first there is trouble, then it stops, and all must get well.
 *
 * @returns the first rule that was broken; undefined where none was.
 */
export async function runSchedule(options: ScheduleOptions): Promise<string | undefined> {
  const { seed, mutation, log } = options;
  const random = new SeededRandom(seed);
  const setting = drawSetting(random);
  log?.(JSON.stringify(setting));
  const world = new World({ seed, ...setting, mutation, log });
  const scenes = new Scenes(world, random, setting);
  for (let count = 2 + random.below(4); count > 0; count--) {
    scenes.start();
  }
  const steps = stepsOf(scenes);
  const totalWeight = steps.reduce((sum, { weight }) => sum + weight, 0);
  for (let left = FEWEST_STEPS + random.below(MORE_STEPS); left > 0; left--) {
    world.advance(1 + random.below(20));
    await scenes.meddleWithCommits();
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if (await stepAt(steps, random.next() * totalWeight).step()) {
        break;
      }
    }
    await setImmediate();
    world.rules.stepEnded(world.processes);
    if (world.rules.violations.length > 0) {
      return world.rules.violations[0];
    }
  }
  const helpThemselves = setting.selfAssignShare === 1 && random.next() < 0.5;
  const stillWrong = await settleDown(world, {
    random,
    // Short enough for a claim of any expiry to be renewed before its number gets too old.
    roundMs: Math.max(20_000, Math.min(...setting.expirations) * 140),
    housekeeping: helpThemselves ? undefined : random.oneOf(['always', 'when-needed']),
  });
  return world.rules.violations[0] ?? stillWrong;
}

function stepAt(steps: readonly WeighedStep[], at: number): WeighedStep {
  let upTo = 0;
  return steps.find(({ weight }) => (upTo += weight) > at) ?? steps.at(-1)!;
}
