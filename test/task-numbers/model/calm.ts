import { setImmediate } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { ModelProcess } from './model-process.js';
import type { World } from './world.js';

export interface CalmOptions {
  readonly random: SeededRandom;
  /** Between two rounds of renewals and housekeeping. */
  readonly roundMs: number;
  /** Undefined where the instances are left to help themselves. */
  readonly housekeeping: 'always' | 'when-needed' | undefined;
}

const MOST_ROUNDS = 60;
const MOST_TURNS = 400;
const TURN_MS = 250;

/**
 * The faults stop. Everybody renews, housekeeping runs, and time passes.
 *
 * @returns what is still wrong in the end, if anything is.
 */
export async function settleDown(world: World, options: CalmOptions): Promise<string | undefined> {
  const { random, roundMs, housekeeping } = options;
  world.log?.('--- the faults stop');
  for (const process of world.processes) {
    if (process.frozen && !process.isCrashed) {
      world.thaw(process);
    }
  }
  const alive = world.processes.filter(process => !process.isCrashed);
  const claimants = alive.filter(process => process.isClaimant);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const unfinished = await deliverAll(world, alive);
    if (unfinished) {
      return unfinished;
    }
    if (claimants.every(process => process.taskNumber.target())) {
      return undefined;
    }
    world.advance(roundMs);
    await setImmediate();
    for (const process of claimants) {
      if (process.isBusyWith('renew') === 0) {
        world.renew(process);
      }
    }
    if (housekeeping && alive.length > 0) {
      world.assign(random.oneOf(alive), { scan: housekeeping });
    }
  }
  const waiting = claimants.filter(process => !process.taskNumber.target());
  return `nobody waits for ever: ${waiting.join(', ')} still have no number`;
}

/** All that is on its way arrives, in order, until nobody asks for anything more. */
async function deliverAll(
  world: World,
  alive: readonly ModelProcess[],
): Promise<string | undefined> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const messages = world.messages.splice(0);
    for (const message of messages) {
      if (!message.isApplied) {
        world.apply(message);
      }
      world.reply(message);
    }
    await setImmediate();
    world.rules.stepEnded(world.processes);
    if (world.rules.violations.length > 0) {
      return undefined;
    }
    if (world.messages.length === 0) {
      if (alive.every(process => process.calls.size === 0)) {
        return undefined;
      }
      world.advance(TURN_MS);
      await setImmediate();
    }
  }
  const calling = alive.filter(process => process.calls.size > 0);
  return `every call ends: those of ${calling.join(', ')} do not`;
}
